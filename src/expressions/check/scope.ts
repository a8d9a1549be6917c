import type { Value } from './value.js';

/** Names with values; an inner scope hides the names of the outer one. */
export class Scope {
  private readonly values = new Map<string, Value>();

  constructor(private readonly outer?: Scope) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  find(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.find(name);
  }

  /** Names of this scope and those around it, the innermost first. */
  names(): string[] {
    return [...this.values.keys(), ...(this.outer?.names() ?? [])];
  }
}

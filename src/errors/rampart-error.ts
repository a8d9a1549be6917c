/** One place of a request that is wrong: JSON pointer and what would be accepted. */
export interface ErrorPointer {
  readonly pointer: string;
  readonly detail: string;
}

/** An error with a registered code; `registry.ts` is the only place that creates them. */
export class RampartError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly errors: readonly ErrorPointer[] = [],
  ) {
    super(detail);
    this.name = 'RampartError';
  }
}

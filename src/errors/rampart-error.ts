/** One place of a request that is wrong: JSON pointer and what would be accepted. */
export interface ErrorPointer {
  readonly pointer: string;
  readonly detail: string;
  /** Place in the text that the pointer leads to; both count from 1. */
  readonly line?: number;
  readonly column?: number;
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

  /** The same error of a value that stands inside a request, at the JSON pointer `place`. */
  under(place: string): RampartError {
    return new RampartError(this.code, this.status, this.title, this.message, this.errors.map(({ pointer, detail }) => ({ pointer: place + pointer, detail })));
  }
}

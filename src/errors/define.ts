import { RampartError, type ErrorPointer } from './rampart-error.js';

export interface ErrorDefinition<A extends readonly unknown[]> {
  (...values: A): RampartError;
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

/**
 * Defines an error: `code` (kebab-case, stable, part of the problem type URI), HTTP `status`, `title` (constant),
 * `detail` (built from values) and, optionally, pointers into the request.
 */
export function defineError<A extends readonly unknown[]>(
  code: string,
  status: number,
  title: string,
  detail: (...values: A) => string,
  pointers: (...values: A) => readonly ErrorPointer[] = () => [],
): ErrorDefinition<A> {
  const create = (...values: A): RampartError =>
    new RampartError(code, status, title, detail(...values), pointers(...values));
  return Object.assign(create, { code, status, title });
}

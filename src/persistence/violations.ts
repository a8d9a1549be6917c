import { QueryFailedError } from 'typeorm';

/** Name of the unique constraint or index that a failed query ran into; undefined for any other error. */
export function violatedUnique(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === '23505' ? constraint : undefined;
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether PostgreSQL would take the text as a uuid; asking it with anything else is an error, not a miss. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

import { RampartError } from '../../errors/index.js';
import { COMPUTE_FAILED } from '../../errors/jobs.errors.js';
import { asStorageError } from '../../storage/file-system-store.js';

/** The error that ended a computation, as its job keeps it. */
export function computeFailure(error: unknown): { readonly code: string; readonly detail: string } {
  const known = asStorageError(error, 'the files of the computation');
  if (known instanceof RampartError) return { code: known.code, detail: known.message };
  const { code, message } = COMPUTE_FAILED(known instanceof Error ? known.message : String(known));
  return { code, detail: message };
}

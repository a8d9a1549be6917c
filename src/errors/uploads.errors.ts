import { defineError } from './define.js';

export const NOT_MULTIPART = defineError(
  'not-multipart',
  415,
  'Upload is not a multipart form',
  (given: string) => `The body is ${given}; send multipart/form-data with the files and a field options, which holds JSON.`,
);

export const UPLOAD_INTERRUPTED = defineError(
  'upload-interrupted',
  400,
  'Upload ended before it was complete',
  (reason: string) => `The form ended in the middle of a part (${reason}). Nothing was kept; send it again.`,
);

export const UPLOAD_FILE_TOO_LARGE = defineError(
  'upload-file-too-large',
  413,
  'Uploaded file too large',
  (name: string, limit: number) => `The file "${name}" is longer than the ${limit} bytes accepted for one file; the limit is the setting RAMPART_UPLOAD_LIMIT_BYTES.`,
);

export const TOO_MANY_PARTS = defineError(
  'too-many-parts',
  413,
  'Upload has too many parts',
  (files: number) => `The form has more parts than accepted: at most ${files} files (setting RAMPART_UPLOAD_FILE_LIMIT) and 32 fields of 1 MiB.`,
);

export const OPTIONS_MISSING = defineError(
  'upload-options-missing',
  400,
  'Upload without options',
  () => 'The form has no field options: add one with a JSON object such as {"name": "digits", "format": "idx"}.',
  () => [{ pointer: '/options', detail: 'a JSON object with name and format' }],
);

export const OPTIONS_NOT_JSON = defineError(
  'upload-options-not-json',
  400,
  'Options of the upload are not JSON',
  (reason: string) => `The field options cannot be read as a JSON object (${reason}).`,
  () => [{ pointer: '/options', detail: 'a JSON object with name and format' }],
);

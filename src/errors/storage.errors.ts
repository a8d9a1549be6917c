import { defineError } from './define.js';

export const STORAGE_FULL = defineError(
  'storage-full',
  507,
  'Storage full',
  (what: string) => `No space is left to write ${what}; nothing of it was kept. Free space or enlarge the volume, then try again.`,
);

export const OBJECT_NOT_FOUND = defineError('object-not-found', 404, 'Object not found', (key: string) => `There is no object "${key}".`);

export const INVALID_OBJECT_KEY = defineError(
  'invalid-object-key',
  400,
  'Invalid object key',
  (key: string) =>
    `"${key}" is not an object key: keys are 1 to 16 segments of [A-Za-z0-9._-] separated by "/", at most 512 characters, no segment "." or "..".`,
);

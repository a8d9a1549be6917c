import type { Readable } from 'node:stream';
import { FILE_ROLE_MISSING, FILE_ROLE_REPEATED, FILE_ROLE_UNKNOWN } from '../errors/datasets.errors.js';
import type { UploadOptions } from './dataset.options.js';

export type UploadFormat = UploadOptions['format'];
export type FileRole = 'train-images' | 'train-labels' | 'test-images' | 'test-labels' | 'train' | 'test';

/** An uploaded file as the importer reads it; `open` is called once. */
export interface DatasetFile {
  readonly role: FileRole;
  /** Name for error texts. */
  readonly name: string;
  open(): Readable | Promise<Readable>;
}

interface RoleRule {
  readonly role: FileRole;
  readonly required: boolean;
  readonly several: boolean;
  /** File names that say the role although the form field does not. */
  readonly guess: RegExp;
}

const records: readonly RoleRule[] = [
  { role: 'train', required: true, several: true, guess: /train|data_batch/i },
  { role: 'test', required: false, several: true, guess: /test/i },
];

const ROLES: Readonly<Record<UploadFormat, readonly RoleRule[]>> = {
  idx: [
    { role: 'train-images', required: true, several: false, guess: /train.*(images|idx[34])/i },
    { role: 'train-labels', required: true, several: false, guess: /train.*(labels|idx1)/i },
    { role: 'test-images', required: false, several: false, guess: /(t10k|test).*(images|idx[34])/i },
    { role: 'test-labels', required: false, several: false, guess: /(t10k|test).*(labels|idx1)/i },
  ],
  cifar10: records,
  csv: records,
};

/**
 * The role of one multipart file: its form field if that names a role, else what the file name says
 * (train-images-idx3-ubyte.gz, data_batch_1.bin, test.csv); a lone record file of another name is `train`.
 * @throws file-role-unknown
 */
export function roleOf(format: UploadFormat, field: string, fileName: string): FileRole {
  const rules = ROLES[format];
  const rule =
    rules.find(({ role }) => role === field) ?? rules.find(({ guess }) => guess.test(fileName)) ?? (format === 'idx' ? undefined : rules[0]);
  if (rule === undefined) throw FILE_ROLE_UNKNOWN(field, fileName, rules.map(({ role }) => role));
  return rule.role;
}

/** @throws file-role-missing, file-role-repeated */
export function checkRoles(format: UploadFormat, files: readonly { readonly role: FileRole; readonly name: string }[]): void {
  const sent = files.map(({ name }) => name);
  for (const { role, required, several } of ROLES[format]) {
    const count = files.filter((file) => file.role === role).length;
    if (required && count === 0) throw FILE_ROLE_MISSING(role, format, sent);
    if (!several && count > 1) throw FILE_ROLE_REPEATED(role, format);
  }
  const test = new Set(files.map(({ role }) => role).filter((role) => role === 'test-images' || role === 'test-labels'));
  if (test.size === 1) throw FILE_ROLE_MISSING(test.has('test-images') ? 'test-labels' : 'test-images', format, sent);
}

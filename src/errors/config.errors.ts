import { defineError } from './define.js';

/** The start is refused; `problems` has one line per bad setting. */
export const INVALID_SETTINGS = defineError(
  'invalid-settings',
  500,
  'Invalid settings',
  (problems: readonly string[]) =>
    `${problems.length} setting${problems.length === 1 ? ' is' : 's are'} not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}\n` +
    'Run with --help for every setting, its default and its limits.',
);

export const DATA_FOLDER_IN_USE = defineError(
  'data-folder-in-use',
  503,
  'Data folder in use',
  (folder: string, pid: number, since: string) =>
    `The folder ${folder} is held by process ${pid}, started ${since}, and takes one process: stop that one, or choose another ` +
    'folder (--data). With DATABASE_URL several processes share one database, each with a data folder of its own.',
);

export const SCHEMA_TOO_NEW = defineError(
  'schema-too-new',
  503,
  'Database schema too new',
  (migrations: readonly string[]) =>
    `The database has migrations that this version does not know: ${migrations.join(', ')}. Start the version that made them, or a later one.`,
);

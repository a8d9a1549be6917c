import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { migrations } from '../../migrations/index.js';

const metaSchema = z.object({ migration: z.string() });

/** Where the build leaves the prepared database: beside the compiled code. */
export const SNAPSHOT_FILE = fileURLToPath(new URL('./snapshot/database.tar.gz', import.meta.url));
export const SNAPSHOT_META_FILE = fileURLToPath(new URL('./snapshot/database.json', import.meta.url));

/** Name of the last migration, the version of the schema. */
export function schemaVersion(): string {
  return migrations.at(-1)!.name;
}

/** The snapshot of the present schema version, if the build made one; otherwise a new folder is created by initdb. */
export function findSnapshot(): string | undefined {
  if (!existsSync(SNAPSHOT_FILE) || !existsSync(SNAPSHOT_META_FILE)) return undefined;
  const meta = metaSchema.safeParse(JSON.parse(readFileSync(SNAPSHOT_META_FILE, 'utf8')));
  return meta.success && meta.data.migration === schemaVersion() ? SNAPSHOT_FILE : undefined;
}

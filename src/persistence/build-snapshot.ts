import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PgBossQueue } from '../queue/pg-boss-queue.js';
import { openInMemory } from './data-source.js';
import { schemaVersion, SNAPSHOT_FILE, SNAPSHOT_META_FILE } from './snapshot.js';

/**
 * Writes the prepared database beside the compiled code: schema and queue are in place, so that a first start skips initdb.
 * Part of the build: `node dist/src/persistence/build-snapshot.js`.
 */
async function buildSnapshot(): Promise<void> {
  const database = await openInMemory();
  const fail = (error: Error): never => {
    throw error;
  };
  const queue = new PgBossQueue({ pool: database.pool, backend: 'embedded', exclusive: true, leaseSeconds: 30, stopGraceSeconds: 1, onError: fail });
  await queue.start();
  await queue.stop();
  await database.pool.query('CHECKPOINT');
  await mkdir(dirname(SNAPSHOT_FILE), { recursive: true });
  await writeFile(SNAPSHOT_FILE, Buffer.from(await (await database.dump()).arrayBuffer()));
  await writeFile(SNAPSHOT_META_FILE, JSON.stringify({ migration: schemaVersion() }));
  await database.close();
}

await buildSnapshot();

import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import type { Pool } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import type { Settings } from '../config/settings.js';
import { SCHEMA_TOO_NEW } from '../errors/config.errors.js';
import { DatasetEntity } from './entities/dataset.entity.js';
import { ExpressionEntity } from './entities/expression.entity.js';
import { JobEventEntity } from './entities/job-event.entity.js';
import { JobEntity } from './entities/job.entity.js';
import { ModelEntity } from './entities/model.entity.js';
import { WorkerEntity } from './entities/worker.entity.js';
import { lockFolder } from './folder-lock.js';
import { findSnapshot } from './snapshot.js';
import { guardPool } from './transaction.js';

/** Time that a query waits for a connection before it fails: a slip in the use of the single connection becomes an error. */
const CONNECTION_TIMEOUT_MS = 30_000;
const MIGRATION_LOCK = 7_263_011;

export interface Database {
  readonly dataSource: DataSource;
  readonly kind: 'embedded' | 'postgres';
  /** The one pool that every adapter shares; on the embedded database it has a single connection. */
  readonly pool: Pool;
  /** Embedded only: nobody else can hold a delivery of the queue, so those left active belong to a dead process. */
  readonly exclusive: boolean;
  close(): Promise<void>;
}

const commonOptions = {
  type: 'postgres',
  entities: [DatasetEntity, ExpressionEntity, JobEntity, JobEventEntity, ModelEntity, WorkerEntity],
  migrations: [...migrations],
  migrationsTransactionMode: 'all',
  installExtensions: false,
  uuidExtension: 'pgcrypto',
  logging: false,
} as const satisfies DataSourceOptions;

/** The pool inside a data source of type postgres. */
function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}

async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.runMigrations({ transaction: 'all' });
  const known = new Set(migrations.map((migration) => migration.name));
  const applied: { name: string }[] = await dataSource.query('SELECT name FROM migrations ORDER BY id');
  const unknown = applied.map((row) => row.name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw SCHEMA_TOO_NEW(unknown);
}

/** Several replicas may start at once: one migrates, the others wait for it. */
async function migrateExclusively(dataSource: DataSource): Promise<void> {
  const client = await poolOf(dataSource).connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(dataSource);
  } finally {
    await client.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
    client.release();
  }
}

async function openPostgres(url: string, connections: number): Promise<Database> {
  const extra = { max: connections, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS };
  const dataSource = new DataSource({ ...commonOptions, url, extra });
  await dataSource.initialize();
  try {
    await migrateExclusively(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  guardPool(poolOf(dataSource));
  return { dataSource, kind: 'postgres', pool: poolOf(dataSource), exclusive: false, close: () => dataSource.destroy() };
}

/** Opens the database folder, from the prepared snapshot when it is new. */
async function openFolder(folder: string): Promise<PGlite> {
  if (existsSync(join(folder, 'PG_VERSION'))) return PGlite.create(folder);
  await mkdir(folder, { recursive: true });
  const snapshot = findSnapshot();
  return PGlite.create(folder, snapshot === undefined ? {} : { loadDataDir: new Blob([await readFile(snapshot)]) });
}

async function openEmbedded(dataFolder: string): Promise<Database> {
  const lock = lockFolder(dataFolder);
  const folder = join(dataFolder, 'db');
  const incomplete = join(dataFolder, 'db.incomplete');
  let pglite: PGlite | undefined;
  try {
    if (existsSync(incomplete)) await rm(folder, { recursive: true, force: true });
    const isNew = !existsSync(join(folder, 'PG_VERSION'));
    if (isNew) await writeFile(incomplete, 'The first start was cut off; the next one begins again.\n');
    pglite = await openFolder(folder);
    const database = await attach(pglite, () => lock.release());
    if (isNew) await rm(incomplete, { force: true });
    return database;
  } catch (error) {
    await pglite?.close().catch(() => undefined);
    lock.release();
    throw error;
  }
}

async function attach(pglite: PGlite, released: () => void): Promise<Database> {
  const extra = Object.assign(createPgConfig(pglite), { max: 1, idleTimeoutMillis: 0, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS });
  const dataSource = new DataSource({ ...commonOptions, extra });
  await dataSource.initialize();
  await migrate(dataSource);
  guardPool(poolOf(dataSource));
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await pglite.close();
    released();
  };
  return { dataSource, kind: 'embedded', pool: poolOf(dataSource), exclusive: true, close };
}

/**
 * Opens the database and brings its schema up to date: PostgreSQL when `databaseUrl` is set, else the embedded database in
 * `<dataFolder>/db`, held by a lock file.
 * @throws data-folder-in-use, schema-too-new
 */
export function openDatabase(settings: Pick<Settings, 'dataFolder' | 'databaseUrl' | 'databasePool'>): Promise<Database> {
  if (settings.databaseUrl !== undefined) return openPostgres(settings.databaseUrl, settings.databasePool);
  return openEmbedded(settings.dataFolder);
}

/** An embedded database in memory, with the current schema: for tests and for building the snapshot. */
export async function openInMemory(): Promise<Database & { dump(): Promise<Blob> }> {
  const pglite = await PGlite.create('memory://');
  const database = await attach(pglite, () => undefined);
  return { ...database, dump: () => pglite.dumpDataDir('gzip') };
}

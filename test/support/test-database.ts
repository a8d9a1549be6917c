import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase, openInMemory, type Database } from '../../src/persistence/data-source.js';

/** A PostgreSQL server on which tests may create databases, if there is one. */
export const TEST_DATABASE_URL = process.env['RAMPART_TEST_DATABASE_URL'];

/**
 * An empty database with the current schema: embedded in memory, or, with RAMPART_TEST_DATABASE_URL, a new one on that
 * PostgreSQL server, dropped when it is closed.
 */
export async function openTestDatabase(): Promise<Database> {
  if (TEST_DATABASE_URL === undefined) return openInMemory();
  const url = await createDatabase(TEST_DATABASE_URL);
  const database = await openDatabase({ dataFolder: '', databaseUrl: url, databasePool: 5 });
  const close = async (): Promise<void> => {
    await database.close();
    await dropDatabase(TEST_DATABASE_URL, url);
  };
  return { ...database, close };
}

/** Creates a database of its own on a server; @returns its URL. */
export async function createDatabase(server: string): Promise<string> {
  const name = `rampart_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops what `createDatabase` has created, whoever is connected. */
export const dropDatabase = (server: string, url: string): Promise<void> => onServer(server, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

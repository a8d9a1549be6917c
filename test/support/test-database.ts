import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase, openInMemory, type Database } from '../../src/persistence/data-source.js';

/**
 * An empty database with the current schema: embedded in memory, or, with RAMPART_TEST_DATABASE_URL, a new one on that
 * PostgreSQL server, dropped when it is closed.
 */
export async function openTestDatabase(): Promise<Database> {
  const server = process.env['RAMPART_TEST_DATABASE_URL'];
  if (server === undefined) return openInMemory();
  const name = `rampart_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = await openDatabase({ dataFolder: '', databaseUrl: url.href, databasePool: 5 });
  const close = async (): Promise<void> => {
    await database.close();
    await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { ...database, close };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

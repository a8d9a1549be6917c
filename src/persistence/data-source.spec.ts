import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { openDatabase, type Database } from './data-source.js';

let dataFolder: string;
let database: Database;
const open = (): Promise<Database> => openDatabase({ dataFolder, databaseUrl: undefined, databasePool: 1 });

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'rampart-data-'));
  database = await open();
});
afterAll(async () => {
  await database.close();
  rmSync(dataFolder, { recursive: true });
});

describe('the embedded database', () => {
  it('has the schema of the entities: TypeORM would change nothing', async () => {
    const { upQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    const structural = upQueries.map((query) => query.query).filter((query) => !/CONSTRAINT|INDEX|RENAME/.test(query));
    expect(structural).toEqual([]);
  });

  it('refuses a second process, and keeps its rows over a restart', async () => {
    await database.dataSource.query(`INSERT INTO datasets (name, source, descriptor, digest, bytes, prefix) VALUES ('kept', '{}', '{}', 'd', 1, 'p/')`);
    await expect(open()).rejects.toMatchObject({ code: 'data-folder-in-use' });
    await database.close();
    expect(existsSync(join(dataFolder, 'rampart.lock'))).toBe(false);
    database = await open();
    expect(await database.dataSource.query('SELECT name FROM datasets')).toEqual([{ name: 'kept' }]);
  });

  it('undoes and repeats its migrations', async () => {
    for (let undone = 0; undone < migrations.length; undone++) await database.dataSource.undoLastMigration({ transaction: 'all' });
    const tables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
    expect(await database.dataSource.query(tables)).toEqual([{ name: 'migrations' }]);
    await database.dataSource.runMigrations({ transaction: 'all' });
    expect(await database.dataSource.query<unknown[]>(tables)).toHaveLength(7);
  });

  it('refuses a schema from a later version', async () => {
    await database.dataSource.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
    await database.close();
    await expect(open()).rejects.toMatchObject({ code: 'schema-too-new' });
    expect(existsSync(join(dataFolder, 'rampart.lock'))).toBe(false);
  });

  it('begins again after a first start that was cut off', async () => {
    writeFileSync(join(dataFolder, 'db.incomplete'), '');
    database = await open();
    expect(await database.dataSource.query('SELECT name FROM datasets')).toEqual([]);
    expect(existsSync(join(dataFolder, 'db.incomplete'))).toBe(false);
  });
});

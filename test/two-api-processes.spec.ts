import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';
import { createDatabase, dropDatabase, TEST_DATABASE_URL } from './support/test-database.js';

const EXPRESSIONS = '/api/v1/expressions';
const ROUNDS = 3;
const CLIENTS = 4;
const CALLS = 20;

describe.skipIf(TEST_DATABASE_URL === undefined)('two api processes on one PostgreSQL and one object store (needs RAMPART_TEST_DATABASE_URL)', () => {
  let database: string;
  let first: Server;
  let second: Server;

  beforeAll(async () => {
    database = await createDatabase(TEST_DATABASE_URL!);
    const environment = { DATABASE_URL: database, RAMPART_ROLE: 'api' };
    first = await Server.start(undefined, environment);
    second = await Server.start(first.data, environment);
  });
  afterAll(async () => {
    await second?.end('SIGKILL');
    await first?.remove();
    await dropDatabase(TEST_DATABASE_URL!, database);
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('count each call exactly once while both answer, round %i', async (round) => {
    const name = `counter-${round}`;
    const { status } = await first.api.post(EXPRESSIONS, { name, source: 'shared k: int32 = 0\nupdate k = k + 1\noutput k' });
    expect(status).toBe(201);
    const client = async (server: Server): Promise<number[]> => {
      const seen: number[] = [];
      for (let call = 0; call < CALLS; call++) {
        const answer = await server.api.post(`${EXPRESSIONS}/${name}/evaluate`, {});
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        seen.push((answer.body.outputs as { k: { data: number[] } }).k.data[0]!);
      }
      return seen;
    };
    const seen = (await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i % 2 === 0 ? first : second)))).flat();
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: CLIENTS * CALLS }, (_, i) => i)); // each saw a state of its own
    for (const server of [first, second]) {
      expect((await server.api.get(`${EXPRESSIONS}/${name}/state`)).body).toMatchObject({ state: { k: { data: [CLIENTS * CALLS] } } });
      expect((await server.api.get(`${EXPRESSIONS}/${name}`)).body).toMatchObject({ stateVersion: CLIENTS * CALLS });
    }
  });
});

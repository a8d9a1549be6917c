import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../persistence/data-source.js';
import { openTestDatabase } from '../../test/support/test-database.js';
import { describeJobQueue } from '../../test/contracts/job-queue.contract.js';
import { PgBossQueue } from './pg-boss-queue.js';

let database: Database;
const errors: Error[] = [];
const make = (exclusive = true): PgBossQueue =>
  new PgBossQueue({
    pool: database.pool,
    backend: database.kind,
    exclusive,
    leaseSeconds: 10,
    stopGraceSeconds: 5,
    onError: (error) => void errors.push(error),
  });

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describeJobQueue('pg-boss', () => database, () => make());

describe('pg-boss', () => {
  it('delivers at once what a dead process had in hand', async () => {
    const dead = make();
    await dead.start();
    const jobId = randomUUID();
    await dead.send({ jobId });
    let leave!: () => void;
    const taken = new Promise<void>((resolve) => {
      void dead.work(1, () => {
        resolve();
        return new Promise<void>((left) => (leave = left));
      });
    });
    await taken;
    const successor = make();
    await successor.start();
    const started = Date.now();
    const delivered = new Promise<string>((resolve) => {
      void successor.work(1, (delivery) => Promise.resolve(resolve(delivery.jobId)));
    });
    expect(await delivered).toBe(jobId);
    expect(Date.now() - started).toBeLessThan(4000);
    leave();
    await dead.stop();
    await successor.stop();
  });

  it.runIf(process.env['RAMPART_TEST_DATABASE_URL'])('delivers to another worker what a silent one had in hand, once its lease has run out', async () => {
    const other = make(false);
    await other.start();
    const jobId = randomUUID();
    await other.send({ jobId });
    const taken = `UPDATE queue.job SET state = 'active', started_on = now(), heartbeat_on = now() - interval '8 seconds' WHERE data->>'jobId' = $1`;
    await database.pool.query(taken, [jobId]);
    const delivered = new Promise<string>((resolve) => {
      void other.work(1, (delivery) => Promise.resolve(resolve(delivery.jobId)));
    });
    expect(await delivered).toBe(jobId);
    await other.stop();
  });

  it('reported no error', () => expect(errors).toEqual([]));
});

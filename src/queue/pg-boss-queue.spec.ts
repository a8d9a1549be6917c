import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInMemory, type Database } from '../persistence/data-source.js';
import { describeJobQueue } from '../../test/contracts/job-queue.contract.js';
import { PgBossQueue } from './pg-boss-queue.js';

let database: Database;
const errors: Error[] = [];
const make = (): PgBossQueue =>
  new PgBossQueue({
    pool: database.pool,
    backend: 'embedded',
    exclusive: true,
    leaseSeconds: 10,
    stopGraceSeconds: 5,
    onError: (error) => void errors.push(error),
  });

beforeAll(async () => {
  database = await openInMemory();
});
afterAll(() => database.close());

describeJobQueue('pg-boss on the embedded database', () => database, make);

describe('pg-boss on the embedded database', () => {
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

  it('reported no error', () => expect(errors).toEqual([]));
});

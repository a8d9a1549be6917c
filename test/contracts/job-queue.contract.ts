import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction, transactionQuery } from '../../src/persistence/transaction.js';
import type { Database } from '../../src/persistence/data-source.js';
import type { JobQueue } from '../../src/queue/job-queue.js';

async function until(check: () => boolean, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!check()) {
    if (Date.now() > end) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What every queue must do. `make` gives a queue on the database; several on one database are several processes, one after another. */
export function describeJobQueue(name: string, database: () => Database, make: () => JobQueue): void {
  describe(`${name} keeps the job queue contract`, () => {
    let queue: JobQueue;
    beforeEach(async () => {
      queue = make();
      await queue.start();
    });
    afterEach(() => queue.stop());

    it('delivers what was sent, before and after work began', async () => {
      const [early, late] = [randomUUID(), randomUUID()];
      const seen: string[] = [];
      await queue.send({ jobId: early });
      await queue.work(1, ({ jobId }) => Promise.resolve(void seen.push(jobId)));
      await queue.send({ jobId: late });
      await until(() => seen.length === 2);
      expect(seen).toEqual([early, late]);
    });

    it('sends within a transaction: committed is delivered, rolled back is not', async () => {
      const [kept, undone] = [randomUUID(), randomUUID()];
      await inTransaction(database().dataSource, (manager) => queue.send({ jobId: kept }, transactionQuery(manager)));
      const rollback = inTransaction(database().dataSource, async (manager) => {
        await queue.send({ jobId: undone }, transactionQuery(manager));
        throw new Error('no');
      });
      await expect(rollback).rejects.toThrow('no');
      const marker = randomUUID();
      await queue.send({ jobId: marker });
      const seen: string[] = [];
      await queue.work(1, ({ jobId }) => Promise.resolve(void seen.push(jobId)));
      await until(() => seen.includes(marker));
      expect(seen).toEqual([kept, marker]);
    });

    it('delivers again what its handler refused', async () => {
      const jobId = randomUUID();
      let deliveries = 0;
      await queue.work(1, () => {
        deliveries += 1;
        return deliveries < 3 ? Promise.reject(new Error('again')) : Promise.resolve();
      });
      await queue.send({ jobId });
      await until(() => deliveries === 3);
      await new Promise((resolve) => setTimeout(resolve, 1600));
      expect(deliveries).toBe(3);
    });

    it('fills its slots, and no more', async () => {
      let running = 0;
      let most = 0;
      let done = 0;
      for (let i = 0; i < 4; i += 1) await queue.send({ jobId: randomUUID() });
      await queue.work(2, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 700));
        running -= 1;
        done += 1;
      });
      await until(() => done === 4);
      expect(most).toBe(2);
    });

    it('waits for the handler in hand when it stops; what that refuses is delivered by the next process', async () => {
      const jobId = randomUUID();
      let isTaken = false;
      let isOver = false;
      await queue.work(1, async () => {
        isTaken = true;
        await new Promise((resolve) => setTimeout(resolve, 300));
        isOver = true;
        throw new Error('stopped');
      });
      await queue.send({ jobId });
      await until(() => isTaken);
      await queue.stop();
      expect(isOver).toBe(true);
      queue = make();
      await queue.start();
      const seen: string[] = [];
      await queue.work(1, (delivery) => Promise.resolve(void seen.push(delivery.jobId)));
      await until(() => seen.length === 1);
      expect(seen).toEqual([jobId]);
    });
  });
}

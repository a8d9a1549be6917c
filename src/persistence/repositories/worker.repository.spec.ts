import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../../../test/support/test-database.js';
import type { Database } from '../data-source.js';
import { WorkerRepository, type NewWorker } from './worker.repository.js';

let database: Database;
let workers: WorkerRepository;
beforeAll(async () => {
  database = await openTestDatabase();
  workers = new WorkerRepository(database.dataSource);
});
afterAll(() => database.close());

const versions = { rampart: '0.1.0', node: '20.19.0', onnxruntime: '1.30.0', tensorflowjs: '4.22.0' };
const newWorker = (host: string): NewWorker => ({ id: randomUUID(), host, pid: 12, role: 'worker', engine: 'onnx', device: 'cpu', threads: 2, slots: 1, versions });
const age = (id: string, seconds: number): Promise<unknown> =>
  database.dataSource.query(`UPDATE "workers" SET "heartbeatAt" = now() - make_interval(secs => $2) WHERE "id" = $1`, [id, seconds]);

describe('workers', () => {
  it('are listed with their jobs, those started last first', async () => {
    const [first, second] = [newWorker('a'), newWorker('b')];
    await workers.register(first, false);
    await workers.register(second, false);
    const job = { id: randomUUID(), kind: 'training', name: 'glyphs' } as const;
    expect(await workers.beat(second.id, [job])).toBe(true);
    const rows = await workers.list(30);
    expect(rows.map(({ host }) => host)).toEqual(['b', 'a']);
    expect(rows[0]).toMatchObject({ ...second, jobs: [job], stale: false });
    expect(rows[0]!.heartbeatAt.getTime()).toBeGreaterThanOrEqual(rows[0]!.startedAt.getTime());
    expect(rows[1]!.jobs).toEqual([]);
  });

  it('are stale when they were silent for longer than the lease, and alive again after a beat', async () => {
    const worker = newWorker('silent');
    await workers.register(worker, false);
    await age(worker.id, 31);
    const staleness = async (): Promise<boolean> => (await workers.list(30)).find(({ id }) => id === worker.id)!.stale;
    expect(await staleness()).toBe(true);
    await workers.beat(worker.id, []);
    expect(await staleness()).toBe(false);
  });

  it('go when they stop, after a day of silence, or when another is the only one', async () => {
    const [stopped, old, other] = [newWorker('stopped'), newWorker('old'), newWorker('other')];
    for (const worker of [stopped, old, other]) await workers.register(worker, false);
    await workers.remove(stopped.id);
    expect(await workers.beat(stopped.id, [])).toBe(false);
    await age(old.id, 25 * 3600);
    await workers.register(newWorker('next'), false);
    const hosts = (await workers.list(30)).map(({ host }) => host);
    expect(hosts).toContain('other');
    expect(hosts).not.toContain('old');
    await workers.register(newWorker('only'), true);
    expect((await workers.list(30)).map(({ host }) => host)).toEqual(['only']);
  });
});

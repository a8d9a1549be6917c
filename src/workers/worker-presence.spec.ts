import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/support/test-database.js';
import type { Database } from '../persistence/data-source.js';
import type { WorkerJob } from '../persistence/entities/worker.entity.js';
import { WorkerRepository } from '../persistence/repositories/worker.repository.js';
import { WorkerPresence } from './worker-presence.js';

let database: Database;
let workers: WorkerRepository;
beforeAll(async () => {
  database = await openTestDatabase();
  workers = new WorkerRepository(database.dataSource);
});
afterAll(() => database.close());

const settings = { role: 'worker', computeThreads: 2, workerSlots: 3, leaseSeconds: 10 } as const;
const failures: unknown[] = [];
let jobs: readonly WorkerJob[] = [];
const presence = (leaseSeconds = 10): WorkerPresence => new WorkerPresence({
  settings: { ...settings, leaseSeconds }, workers, engine: { name: 'onnx', device: 'webgpu' }, exclusive: false,
  jobs: () => jobs, onError: (error) => failures.push(error),
});

it('a worker is there from start to stop, with the jobs in hand', async () => {
  const here = presence();
  await here.start();
  const [row] = await workers.list(30);
  expect(row).toMatchObject({ host: hostname(), pid: process.pid, role: 'worker', engine: 'onnx', device: 'webgpu', threads: 2, slots: 3, jobs: [], stale: false });
  expect(row!.versions).toMatchObject({ node: process.versions.node, tensorflowjs: '4.22.0', onnxruntime: expect.stringMatching(/^1\./) as string });
  jobs = [{ id: randomUUID(), kind: 'evaluation', name: 'report' }];
  here.beat();
  here.beat();
  await here.stop();
  expect(await workers.list(30)).toEqual([]);
  expect(failures).toEqual([]);
});

it('beats by itself, writes the jobs in hand, and comes back when its row is gone', async () => {
  jobs = [{ id: randomUUID(), kind: 'training', name: 'glyphs' }];
  const here = presence(0.15);
  await here.start();
  const [row] = await workers.list(30);
  await workers.remove(row!.id);
  await expect.poll(async () => (await workers.list(30))[0]?.jobs, { timeout: 5000 }).toEqual(jobs);
  expect((await workers.list(30))[0]!.id).toBe(row!.id);
  await here.stop();
  expect(await workers.list(30)).toEqual([]);
});

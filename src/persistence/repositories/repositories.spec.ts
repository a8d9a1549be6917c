import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../bundles/manifest.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { openTestDatabase } from '../../../test/support/test-database.js';
import type { Database } from '../data-source.js';
import { JobEventBus } from '../job-event-bus.js';
import { inTransaction } from '../transaction.js';
import { DatasetRepository } from './dataset.repository.js';
import { JobEventRepository } from './job-event.repository.js';
import { JobRepository } from './job.repository.js';
import { ModelRepository } from './model.repository.js';

const descriptor: DatasetDescriptor = {
  formatVersion: 1,
  name: 'toy',
  kind: 'tabular',
  exampleShape: [2],
  storage: 'float32',
  bounds: [0, 1],
  classes: ['a', 'b'],
  splits: { train: { count: 4, histogram: [2, 2] } },
  digest: 'd'.repeat(64),
};

let database: Database;
let datasets: DatasetRepository;
let jobs: JobRepository;
let events: JobEventRepository;
let models: ModelRepository;
const sent: string[] = [];
let sendFails = false;

beforeAll(async () => {
  database = await openTestDatabase();
  const bus = new JobEventBus();
  const queue = {
    send: (job: { jobId: string }) => {
      if (sendFails) return Promise.reject(new Error('queue down'));
      sent.push(job.jobId);
      return Promise.resolve();
    },
  };
  datasets = new DatasetRepository(database.dataSource);
  jobs = new JobRepository(database.dataSource, bus, queue);
  events = new JobEventRepository(database.dataSource, bus);
  models = new ModelRepository(database.dataSource);
});

afterAll(() => database.close());

function newDataset(name: string = randomUUID()) {
  return datasets.create({ name, source: { type: 'built-in' }, descriptor, digest: descriptor.digest, bytes: 40, prefix: `datasets/${name}/` });
}

async function newJob(name: string = randomUUID(), kind: 'training' | 'evaluation' = 'training', request: Record<string, unknown> = {}) {
  const dataset = await newDataset();
  return jobs.create({ kind, name, request, datasetId: dataset.id });
}

function newModel(name: string, jobId: string | null = null) {
  const id = randomUUID();
  const input = { id, name, jobId, manifest: { name } as unknown as Manifest, digest: 'e'.repeat(64), bytes: 5_000_000_000, prefix: `models/${id}/` };
  return models.create(input).then(() => id);
}

describe('data sets', () => {
  it('come back by id and by name, with bytes as a number', async () => {
    const dataset = await newDataset('fashion');
    expect(dataset).toMatchObject({ name: 'fashion', bytes: 40, descriptor });
    expect((await datasets.get('fashion')).id).toBe(dataset.id);
    expect((await datasets.get(dataset.id)).name).toBe('fashion');
    await expect(datasets.get('nothing')).rejects.toMatchObject({ code: 'dataset-not-found', status: 404 });
  });

  it('have unique names, also under a race', async () => {
    const outcomes = await Promise.allSettled([newDataset('twice'), newDataset('twice')]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')!.reason).toMatchObject({ code: 'name-taken', status: 409 });
    await expect(datasets.refuseTaken('twice')).rejects.toMatchObject({ code: 'name-taken' });
  });

  it('are not deleted while a live job reads them', async () => {
    const job = await newJob();
    await expect(datasets.delete(job.datasetId)).rejects.toMatchObject({ code: 'dataset-in-use', status: 409 });
    await jobs.requestCancel(job.id);
    await datasets.delete(job.datasetId);
    await expect(datasets.get(job.datasetId)).rejects.toMatchObject({ code: 'dataset-not-found' });
  });
});

describe('job creation', () => {
  it('stores the row, its first event and the queue entry', async () => {
    const job = await newJob('first');
    expect(job).toMatchObject({ state: 'queued', attempt: 0, kind: 'training' });
    expect(sent).toContain(job.id);
    const log = await events.list(job.id, { limit: 10 });
    expect(log).toMatchObject([{ sequence: 1, type: 'transition', data: { from: null, to: 'queued' } }]);
  });

  it('leaves nothing behind when the queue refuses', async () => {
    sendFails = true;
    await expect(newJob('never')).rejects.toThrow('queue down');
    sendFails = false;
    const rows: unknown[] = await database.dataSource.query(`SELECT 1 FROM jobs WHERE name = 'never'`);
    expect(rows).toEqual([]);
  });

  it('gives a name to one of two racing training jobs', async () => {
    const dataset = await newDataset();
    const create = () => jobs.create({ kind: 'training', name: 'raced', request: {}, datasetId: dataset.id });
    const outcomes = await Promise.allSettled([create(), create()]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')!.reason).toMatchObject({ code: 'name-taken', status: 409 });
  });

  it('frees the name of an ended job, unless a model has it', async () => {
    const job = await newJob('reused');
    await jobs.requestCancel(job.id);
    await newJob('reused');
    await newModel('modelled');
    await expect(newJob('modelled')).rejects.toMatchObject({ code: 'name-taken' });
    expect((await newJob('modelled', 'evaluation')).kind).toBe('evaluation');
  });

  it('refuses an unknown data set', async () => {
    await expect(jobs.create({ kind: 'training', name: 'x', request: {}, datasetId: randomUUID() })).rejects.toMatchObject({ code: 'dataset-not-found' });
    await expect(jobs.create({ kind: 'training', name: 'x', request: {}, datasetId: 'no-uuid' })).rejects.toMatchObject({ code: 'dataset-not-found' });
  });
});

describe('job transitions', () => {
  it('happen only from the named states and attempt', async () => {
    const job = await newJob();
    const running = await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
    expect(running).toMatchObject({ state: 'running', attempt: 1 });
    expect(running!.startedAt).toBeInstanceOf(Date);
    expect(await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' })).toBeUndefined();
    expect(await jobs.transition(job.id, { from: ['running'], to: 'failed', reason: 'late', attempt: 0 })).toBeUndefined();
    const done = await jobs.transition(job.id, { from: ['running'], to: 'succeeded', reason: 'Done', attempt: 1, changes: { result: { modelId: 'm' } } });
    expect(done).toMatchObject({ state: 'succeeded', result: { modelId: 'm' } });
    expect(done!.finishedAt).toBeInstanceOf(Date);
    await expect(jobs.transition(job.id, { from: ['succeeded'], to: 'running', reason: 'again' })).rejects.toThrow('internal');
    await expect(jobs.requestCancel(job.id)).rejects.toMatchObject({ code: 'job-not-cancellable', status: 409 });
  });

  it('undo themselves with what fails within them', async () => {
    const job = await newJob();
    await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
    const within = () => Promise.reject(new Error('no model'));
    await expect(jobs.transition(job.id, { from: ['running'], to: 'succeeded', reason: 'Done', within })).rejects.toThrow('no model');
    expect((await jobs.get(job.id)).state).toBe('running');
    expect((await events.list(job.id, { limit: 10 })).length).toBe(2);
  });

  it('ask a running job to stop, once', async () => {
    const job = await newJob();
    await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
    const asked = await jobs.requestCancel(job.id);
    expect(asked).toMatchObject({ state: 'running' });
    const again = await jobs.requestCancel(job.id);
    expect(again.cancelRequestedAt).toEqual(asked.cancelRequestedAt);
  });

  it('count failed starts since the last checkpoint', async () => {
    const job = await newJob();
    const restart = async (cause: 'crashed' | 'stopped') => {
      await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
      await jobs.transition(job.id, { from: ['running'], to: 'queued', reason: 'Back', cause });
    };
    await restart('crashed');
    await restart('stopped');
    await restart('crashed');
    expect(await jobs.failedStarts(job.id)).toBe(2);
    const running = await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
    const record = { step: 5, prefix: 'p/', at: new Date().toISOString() };
    expect(await jobs.recordCheckpoint(job.id, running!.attempt - 1, record)).toBe(false);
    expect(await jobs.recordCheckpoint(job.id, running!.attempt, record)).toBe(true);
    expect(await jobs.failedStarts(job.id)).toBe(0);
    expect((await jobs.get(job.id)).checkpoint).toEqual(record);
  });
});

describe('job events', () => {
  it('have gapless sequences under concurrent appends', async () => {
    const job = await newJob();
    const append = (i: number) => events.append(job.id, [{ type: 'message', level: 'info', message: `m${i}` }]);
    await Promise.all(Array.from({ length: 10 }, (_, i) => append(i)));
    const log = await events.list(job.id, { limit: 100 });
    expect(log.map((e) => e.sequence)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
    expect((await events.list(job.id, { after: 9, limit: 1 })).map((e) => e.sequence)).toEqual([10]);
  });

  it('give metric series, the last value of a repeated step', async () => {
    const job = await newJob();
    const metrics = (step: number, data: Record<string, number>) => ({ type: 'metrics' as const, level: 'info' as const, message: '', step, data });
    await events.append(job.id, [metrics(1, { 'train/loss': 2 }), metrics(2, { 'train/loss': 1.5, 'validation/accuracy': 0.5 }), metrics(2, { 'train/loss': 1.25 })]);
    const series = await events.metricSeries(job.id);
    expect(series.map((s) => [s.name, s.points.map((p) => [p.step, p.value])])).toEqual([
      ['train/loss', [[1, 2], [2, 1.25]]],
      ['validation/accuracy', [[2, 0.5]]],
    ]);
  });

  it('are followed live until the job ends', async () => {
    const job = await newJob();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of events.follow(job.id, 1, new AbortController().signal)) seen.push(event.message);
    })();
    await jobs.transition(job.id, { from: ['queued'], to: 'running', reason: 'Started' });
    await events.append(job.id, [{ type: 'message', level: 'info', message: 'hello' }]);
    await jobs.transition(job.id, { from: ['running'], to: 'succeeded', reason: 'Done' });
    await following;
    expect(seen).toEqual(['Started', 'hello', 'Done']);
  });

  it('stop being followed on abort', async () => {
    const job = await newJob();
    const controller = new AbortController();
    const following = (async () => {
      for await (const event of events.follow(job.id, 0, controller.signal)) if (event.sequence === 1) setTimeout(() => controller.abort(), 10);
    })();
    await following;
    expect(controller.signal.aborted).toBe(true);
  });
});

describe('lists', () => {
  it('page newest first without repeats, ties included, and refuse a foreign cursor', async () => {
    await database.dataSource.query(`UPDATE jobs SET "createdAt" = '2026-01-01T00:00:00.123Z'`);
    const all = await jobs.list({ limit: 1000 });
    expect(all.nextCursor).toBeUndefined();
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await jobs.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...page.items.map((job) => job.id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(paged).toEqual(all.items.map((job) => job.id));
    expect(new Set(paged).size).toBe(paged.length);
    expect((await jobs.list({ limit: 1000 }, { kind: 'evaluation' })).items.every((job) => job.kind === 'evaluation')).toBe(true);
    await expect(jobs.list({ limit: 3, cursor: 'bm8' })).rejects.toMatchObject({ code: 'invalid-cursor' });
  });
});

describe('models', () => {
  it('have unique names and are not deleted while a live evaluation names them', async () => {
    const id = await newModel('evaluated');
    await expect(newModel('evaluated')).rejects.toMatchObject({ code: 'name-taken' });
    expect(await models.get('evaluated')).toMatchObject({ id, bytes: 5_000_000_000 });
    const job = await newJob('evaluation', 'evaluation', { models: [id] });
    await expect(models.delete(id)).rejects.toMatchObject({ code: 'model-in-use' });
    await jobs.requestCancel(job.id);
    await models.delete(id);
    await expect(models.get(id)).rejects.toMatchObject({ code: 'model-not-found' });
  });

  it('are not deleted while a live training learns from them', async () => {
    const id = await newModel('teacher');
    const job = await newJob('learning', 'training', { method: { name: 'dr-vae', classifier: id } });
    await expect(models.delete(id)).rejects.toMatchObject({ code: 'model-in-use' });
    await jobs.requestCancel(job.id);
    await models.delete(id);
  });
});

describe('transactions', () => {
  it('refuse a query that does not go through their manager, instead of waiting for ever', async () => {
    const slip = inTransaction(database.dataSource, async () => {
      await database.dataSource.query('SELECT 1');
    });
    await expect(slip).rejects.toThrow('internal: a query inside a transaction must go through its manager');
    expect(await database.dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keep committed and rolled-back work apart when they run together', async () => {
    await database.dataSource.query('CREATE TABLE kept (n int)');
    const run = (n: number) =>
      inTransaction(database.dataSource, async (manager) => {
        await manager.query('INSERT INTO kept VALUES ($1)', [n]);
        if (n % 2 === 1) throw new Error('odd');
      });
    await Promise.allSettled([0, 1, 2, 3, 4, 5].map(run));
    expect(await database.dataSource.query('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 0 }, { n: 2 }, { n: 4 }]);
  });
});

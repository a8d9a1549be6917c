import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileFixture } from '../../test/fixtures/compile-fixture.js';
import { openTestDatabase } from '../../test/support/test-database.js';
import type { Manifest } from '../bundles/manifest.js';
import { loadSettings } from '../config/settings.js';
import type { DatasetDescriptor } from '../datasets/dataset.js';
import { STORAGE_FULL } from '../errors/storage.errors.js';
import type { Database } from '../persistence/data-source.js';
import type { JobEntity, JobState } from '../persistence/entities/job.entity.js';
import { isFinal } from '../persistence/job-state.js';
import { JobEventBus } from '../persistence/job-event-bus.js';
import { DatasetRepository } from '../persistence/repositories/dataset.repository.js';
import { JobEventRepository } from '../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../persistence/repositories/job.repository.js';
import { ModelRepository } from '../persistence/repositories/model.repository.js';
import { PgBossQueue } from '../queue/pg-boss-queue.js';
import { CheckedStore } from '../storage/checked-store.js';
import { FileSystemStore } from '../storage/file-system-store.js';
import type { ObjectStore } from '../storage/object-store.js';
import { modelIdOf } from './handlers/training.handler.js';
import { JobRunner } from './job-runner.js';

let folder: string;
let database: Database;
let store: ObjectStore;
let entry: string;
let queue: PgBossQueue;
let jobs: JobRepository;
let datasetId: string;
let runner: JobRunner;
const bus = new JobEventBus();

const settings = () => loadSettings({ RAMPART_DATA: folder, RAMPART_CANCEL_GRACE_SECONDS: '1', RAMPART_COMPUTE_HEAP_MB: '64' });
const datasets = () => new DatasetRepository(database.dataSource);
const models = () => new ModelRepository(database.dataSource);
const events = () => new JobEventRepository(database.dataSource, bus);

/** The parts of one process: queue and runner. */
async function startProcess(objects: ObjectStore = store): Promise<void> {
  queue = new PgBossQueue({ pool: database.pool, backend: database.kind, exclusive: true, leaseSeconds: 10, stopGraceSeconds: 5, onError: () => undefined });
  await queue.start();
  jobs = new JobRepository(database.dataSource, bus, queue);
  runner = new JobRunner({ settings: settings(), engine: { name: 'onnx', device: 'cpu' }, store: objects, queue, jobs, events: events(), bus, datasets: datasets(), models: models(), computeEntry: entry, log: () => undefined });
  await runner.start();
}

async function stopProcess(): Promise<void> {
  await runner.stop();
  await queue.stop();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-runner-'));
  entry = compileFixture('fake-compute', folder);
  database = await openTestDatabase();
  store = new CheckedStore(await FileSystemStore.open(join(folder, 'objects')));
  await store.put('datasets/toy/descriptor.json', Buffer.from('{}'));
  const descriptor = {} as unknown as DatasetDescriptor;
  const dataset = await datasets().create({ name: 'toy', source: {}, descriptor, digest: 'd'.repeat(64), bytes: 2, prefix: 'datasets/toy/' });
  datasetId = dataset.id;
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});
afterEach(stopProcess);

const create = (behaviour: string, changes: Record<string, unknown> = {}): Promise<JobEntity> =>
  jobs.create({ kind: 'training', name: randomUUID(), datasetId, request: { steps: 8, stepMs: 20, checkpointEvery: 3, behaviour, ...changes } });

async function until(id: string, check: (job: JobEntity) => boolean): Promise<JobEntity> {
  const end = Date.now() + 20_000;
  for (;;) {
    const job = await jobs.get(id);
    if (check(job)) return job;
    if (Date.now() > end) throw new Error(`the job is still ${JSON.stringify(job)}`);
    await bus.next(id, 50);
  }
}
const untilFinal = (id: string): Promise<JobEntity> => until(id, (job) => isFinal(job.state));
const transitions = async (id: string): Promise<JobState[]> =>
  (await events().list(id, { limit: 1000, types: ['transition'] })).map((event) => event.data['to'] as JobState);

async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

describe('the job runner', () => {
  it('runs a training job to its model', async () => {
    await startProcess();
    const { id, name } = await create('well');
    const job = await untilFinal(id);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1, progress: { step: 8, totalSteps: 8 }, checkpoint: { step: 6 } });
    const model = await models().get(name);
    expect(job.result).toEqual({ modelId: model.id, metrics: { 'test/accuracy': 0.5, started: 0 } });
    expect(model).toMatchObject({ jobId: id, manifest: { classes: ['a', 'b'] } });
    expect(await keysUnder(model.prefix)).toEqual([`${model.prefix}manifest.json`, `${model.prefix}weights.bin`]);
    expect(await transitions(id)).toEqual(['queued', 'running', 'succeeded']);
    const [loss] = await events().metricSeries(id);
    expect(loss!.points.map((point) => point.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await keysUnder(`jobs/${id}/checkpoints/`)).length).toBe(1);
    await stopProcess();
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  it('runs an evaluation job to its report', async () => {
    await startProcess();
    const trained = await untilFinal((await create('well', { steps: 1 })).id);
    const modelId = trained.result!['modelId'] as string;
    const { id } = await jobs.create({ kind: 'evaluation', name: 'report', datasetId, request: { models: [modelId] } });
    const job = await untilFinal(id);
    expect(job).toMatchObject({ state: 'succeeded', result: { prefix: `jobs/${id}/report/`, verdict: 'inconclusive', summary: { models: 1 } } });
    expect(await keysUnder(`jobs/${id}/report/`)).toEqual([`jobs/${id}/report/report.json`]);
  });

  it('runs a generator evaluation on its models and its classifier, which cannot be deleted meanwhile', async () => {
    await startProcess();
    const trained = await untilFinal((await create('well', { steps: 1 })).id);
    const modelId = trained.result!['modelId'] as string;
    await stopProcess();
    const { id } = await jobs.create({ kind: 'generator-evaluation', name: 'quality', datasetId, request: { models: [], classifier: modelId } });
    await expect(models().delete(modelId)).rejects.toMatchObject({ code: 'model-in-use' });
    await jobs.requestCancel(id);
    await startProcess();
    const { id: second } = await jobs.create({ kind: 'generator-evaluation', name: 'quality', datasetId, request: { models: [modelId], classifier: modelId } });
    const job = await untilFinal(second);
    expect(job).toMatchObject({ state: 'succeeded', result: { prefix: `jobs/${second}/report/`, summary: { models: 1 } } });
    expect(await keysUnder(`jobs/${second}/report/`)).toEqual([`jobs/${second}/report/report.json`]);
  });

  it('starts a killed computation again from its checkpoint', async () => {
    await startProcess();
    const job = await untilFinal((await create('kill-itself-once')).id);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 2, result: { metrics: { started: 3 } } });
    expect(await transitions(job.id)).toEqual(['queued', 'running', 'queued', 'running', 'succeeded']);
  });

  it('gives up after three crashes without a checkpoint, with the last output', async () => {
    await startProcess();
    const job = await untilFinal((await create('kill-itself', { checkpointEvery: 100 })).id);
    expect(job).toMatchObject({ state: 'failed', attempt: 3, error: { code: 'compute-crashed' } });
    expect(job.error!.detail).toMatch(/signal SIGKILL; 3 starts in a row.*about to die/s);
  });

  it('counts a stray exit as a crash', async () => {
    await startProcess();
    const job = await untilFinal((await create('exit-3', { checkpointEvery: 100, steps: 2 })).id);
    expect(job.error!.detail).toContain('exit code 3');
  });

  it('does not repeat an error of the request, nor a divergence', async () => {
    await startProcess();
    const [failing, diverging] = [await create('fail'), await create('diverge')];
    expect(await untilFinal(failing.id)).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'batch-too-large', detail: 'The batch is too large.' } });
    expect(await untilFinal(diverging.id)).toMatchObject({ state: 'diverged', attempt: 1, checkpoint: { step: 3 } });
    expect((await keysUnder(`jobs/${diverging.id}/checkpoints/`)).length).toBe(1);
  });

  it('cancels a running job within a step, and kills one that does not listen', async () => {
    await startProcess();
    const { id } = await create('well', { steps: 1000 });
    await until(id, (job) => (job.progress?.step ?? 0) >= 3);
    await jobs.requestCancel(id);
    const asked = Date.now();
    const cancelled = await untilFinal(id);
    expect(cancelled.state).toBe('cancelled');
    expect(Date.now() - asked).toBeLessThan(1500);
    expect(cancelled.progress!.step).toBeLessThan(200);

    const deaf = await create('ignore-stop', { steps: 1000 });
    await until(deaf.id, (job) => (job.progress?.step ?? 0) >= 2);
    await jobs.requestCancel(deaf.id);
    expect((await untilFinal(deaf.id)).state).toBe('cancelled');
  });

  it('leaves a job that was cancelled in the queue alone', async () => {
    await startProcess();
    const long = await create('well', { steps: 1000 });
    const waiting = await create('well');
    await until(long.id, (job) => job.state === 'running');
    await jobs.requestCancel(waiting.id);
    await jobs.requestCancel(long.id);
    await untilFinal(long.id);
    const after = await untilFinal((await create('well', { steps: 1 })).id);
    expect(after.state).toBe('succeeded');
    expect(await transitions(waiting.id)).toEqual(['queued', 'cancelled']);
  });

  it('puts its job back when it stops, and the next process goes on from the step', async () => {
    await startProcess();
    const { id } = await create('well', { steps: 40, checkpointEvery: 1000 });
    await until(id, (job) => (job.progress?.step ?? 0) >= 5);
    await stopProcess();
    const parked = await jobs.get(id);
    expect(parked).toMatchObject({ state: 'queued', attempt: 1 });
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    await startProcess();
    const job = await untilFinal(id);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 2, result: { metrics: { started: parked.checkpoint!.step } } });
    expect(parked.checkpoint!.step).toBeGreaterThanOrEqual(5);
  });

  it('goes on with a job that a dead process had in hand', async () => {
    await startProcess();
    const { id } = await create('well', { steps: 3 });
    await untilFinal(id);
    await stopProcess();
    // As a killed process leaves it: the row says running, the delivery is active.
    await database.dataSource.query(`UPDATE jobs SET state = 'running', "finishedAt" = NULL WHERE id = $1`, [id]);
    await models().delete((await jobs.get(id)).name);
    await database.dataSource.query(`UPDATE queue.job SET state = 'active', completed_on = NULL WHERE data->>'jobId' = $1`, [id]);
    await startProcess();
    const job = await untilFinal(id);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(await transitions(id)).toEqual(['queued', 'running', 'succeeded', 'queued', 'running', 'succeeded']);
  });

  it('fails with storage-full when a checkpoint does not fit, and keeps nothing of it', async () => {
    const full: ObjectStore = {
      put: (key, body) => (key.includes('/checkpoints/') ? Promise.reject(STORAGE_FULL(key)) : store.put(key, body)),
      get: (key) => store.get(key),
      stat: (key) => store.stat(key),
      list: (prefix) => store.list(prefix),
      delete: (key) => store.delete(key),
      deletePrefix: (prefix) => store.deletePrefix(prefix),
    };
    await startProcess(full);
    const job = await untilFinal((await create('well')).id);
    expect(job).toMatchObject({ state: 'failed', attempt: 1, checkpoint: null, error: { code: 'storage-full' } });
    expect(await keysUnder(`jobs/${job.id}/`)).toEqual([]);
  });

  it('fails a training job whose name was taken meanwhile, and keeps no model files', async () => {
    await startProcess();
    const { id, name } = await create('well', { steps: 20 });
    await until(id, (job) => job.state === 'running');
    const prefix = 'models/imported/';
    const manifest = { name } as unknown as Manifest;
    await models().create({ id: randomUUID(), name, jobId: null, manifest, digest: 'f'.repeat(64), bytes: 1, prefix });
    const job = await untilFinal(id);
    expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'name-taken' } });
    expect((await models().get(name)).prefix).toBe(prefix);
    expect(await keysUnder(`models/${modelIdOf(id)}/`)).toEqual([]);
  });

  it('refuses a second runner on the same folder', async () => {
    await startProcess();
    const second = new JobRunner({ settings: settings(), engine: { name: 'onnx', device: 'cpu' }, store, queue, jobs, events: events(), bus, datasets: datasets(), models: models(), log: () => undefined });
    await expect(second.start()).rejects.toMatchObject({ code: 'data-folder-in-use' });
  });
});

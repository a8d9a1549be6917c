import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { loadBundle } from '../../bundles/load-bundle.js';
import type { Settings } from '../../config/settings.js';
import { openDatabase, type Database } from '../../persistence/data-source.js';
import { JobEventBus } from '../../persistence/job-event-bus.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { JobEventRepository } from '../../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { WorkerRepository } from '../../persistence/repositories/worker.repository.js';
import type { JobQueue } from '../../queue/job-queue.js';
import { PgBossQueue } from '../../queue/pg-boss-queue.js';
import { BatchingModel } from '../../serving/batching-model.js';
import { noBatches, type BatchTotals } from '../../serving/micro-batcher.js';
import type { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import { openExpressions } from '../../serving/expressions/open-expressions.js';
import { ModelCache } from '../../serving/model-cache.js';
import { CheckedStore } from '../../storage/checked-store.js';
import { FileSystemStore } from '../../storage/file-system-store.js';
import { fetchFolder } from '../../storage/object-folder.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { Lifecycle } from '../http/http-hooks.js';

/** Everything outside of the process that the service works with, opened once and shared by its roles. */
export interface Platform {
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly database: Database;
  readonly objects: ObjectStore;
  readonly queue: JobQueue;
  readonly bus: JobEventBus;
  readonly datasets: DatasetRepository;
  readonly jobs: JobRepository;
  readonly events: JobEventRepository;
  readonly models: ModelRepository;
  readonly expressions: ExpressionRepository;
  readonly expressionRuntime: ExpressionRuntime;
  readonly workers: WorkerRepository;
  readonly serving: ModelCache;
  readonly batchTotals: BatchTotals;
}

function openServing(settings: Settings, objects: ObjectStore, models: ModelRepository, totals: BatchTotals): ModelCache {
  const folder = join(settings.dataFolder, 'cache', 'serving');
  const logger = new Logger('serving');
  const batching = { maxRows: settings.servingBatchRows, maxDelayMs: settings.servingBatchDelayMs, maxWaitingRows: settings.servingWaitingRows };
  return new ModelCache({
    maxModels: settings.servingCacheModels,
    maxBytes: settings.servingCacheBytes,
    materialise: async (modelId) => {
      const { prefix } = await models.get(modelId);
      const copy = join(folder, randomUUID());
      await fetchFolder(objects, prefix, copy);
      return copy;
    },
    load: async (copy) => new BatchingModel(await loadBundle(copy, { threads: settings.servingThreads }), ['predict'], batching, totals),
    discard: (copy) => rm(copy, { recursive: true, force: true }),
    closingFailed: (error) => logger.error(error instanceof Error ? error.stack : String(error)),
  });
}

/** Opens database, object store and queue. @throws data-folder-in-use, schema-too-new */
export async function openPlatform(settings: Settings): Promise<Platform> {
  const database = await openDatabase(settings);
  await rm(join(settings.dataFolder, 'cache', 'serving'), { recursive: true, force: true });
  const objects = new CheckedStore(await FileSystemStore.open(join(settings.dataFolder, 'objects'), database));
  const logger = new Logger('queue');
  const queue = new PgBossQueue({
    pool: database.pool,
    backend: database.kind,
    exclusive: database.exclusive,
    leaseSeconds: settings.leaseSeconds,
    stopGraceSeconds: settings.shutdownGraceSeconds,
    onError: (error) => logger.error(error.stack),
  });
  await queue.start();
  const bus = new JobEventBus();
  const models = new ModelRepository(database.dataSource);
  const batchTotals = noBatches();
  const expressions = new ExpressionRepository(database.dataSource);
  return {
    settings, database, objects, queue, bus, models, expressions, batchTotals,
    lifecycle: { accepting: true },
    datasets: new DatasetRepository(database.dataSource),
    jobs: new JobRepository(database.dataSource, bus, queue),
    events: new JobEventRepository(database.dataSource, bus),
    workers: new WorkerRepository(database.dataSource),
    expressionRuntime: openExpressions(settings, objects, expressions),
    serving: openServing(settings, objects, models, batchTotals),
  };
}

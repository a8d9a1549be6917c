import { Module, type DynamicModule } from '@nestjs/common';
import { JobEventBus } from '../../persistence/job-event-bus.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { JobEventRepository } from '../../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { WorkerRepository } from '../../persistence/repositories/worker.repository.js';
import { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import { ModelCache } from '../../serving/model-cache.js';
import type { Platform } from './platform.js';
import { BATCH_TOTALS, DATABASE, LIFECYCLE, OBJECT_STORE, SETTINGS } from './tokens.js';

/** Offers the parts of an open platform to every module. */
@Module({})
export class PlatformModule {
  static register(platform: Platform): DynamicModule {
    const parts = [
      [SETTINGS, platform.settings],
      [LIFECYCLE, platform.lifecycle],
      [DATABASE, platform.database],
      [OBJECT_STORE, platform.objects],
      [JobEventBus, platform.bus],
      [DatasetRepository, platform.datasets],
      [JobRepository, platform.jobs],
      [JobEventRepository, platform.events],
      [ModelRepository, platform.models],
      [ExpressionRepository, platform.expressions],
      [WorkerRepository, platform.workers],
      [ExpressionRuntime, platform.expressionRuntime],
      [ModelCache, platform.serving],
      [BATCH_TOTALS, platform.batchTotals],
    ] as const;
    const providers = parts.map(([provide, useValue]) => ({ provide, useValue }));
    return { module: PlatformModule, global: true, providers, exports: parts.map(([token]) => token) };
  }
}

import { Module, type DynamicModule } from '@nestjs/common';
import { AttacksModule } from './attacks/attacks.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { DocsModule } from './docs/docs.module.js';
import { EvaluationsModule } from './evaluations/evaluations.module.js';
import { ExpressionsModule } from './expressions/expressions.module.js';
import { GenerationModule } from './generation/generation.module.js';
import { HealthModule } from './health/health.module.js';
import { ModelsModule } from './models/models.module.js';
import type { Platform } from './platform/platform.js';
import { PlatformModule } from './platform/platform.module.js';
import { SchemasModule } from './schemas/schemas.module.js';
import { TrainingJobsModule } from './training-jobs/training-jobs.module.js';
import { WorkersModule } from './workers/workers.module.js';

/** The HTTP side of the service on an open platform. */
@Module({})
export class AppModule {
  static register(platform: Platform): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(platform), DatasetsModule, TrainingJobsModule, ModelsModule, AttacksModule, GenerationModule, EvaluationsModule, ExpressionsModule, WorkersModule, SchemasModule, HealthModule, DocsModule,
      ],
    };
  }
}

import { Module } from '@nestjs/common';
import { ExpressionUsesModule } from '../expression-uses/expression-uses.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { TrainingJobsController } from './training-jobs.controller.js';
import { TrainingJobsService } from './training-jobs.service.js';

@Module({ imports: [ExpressionUsesModule, JobsModule], controllers: [TrainingJobsController], providers: [TrainingJobsService] })
export class TrainingJobsModule {}

import { Module } from '@nestjs/common';
import { ExpressionUsesModule } from '../expression-uses/expression-uses.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { EvaluationsController } from './evaluations.controller.js';
import { EvaluationsService } from './evaluations.service.js';

@Module({ imports: [ExpressionUsesModule, JobsModule], controllers: [EvaluationsController], providers: [EvaluationsService] })
export class EvaluationsModule {}

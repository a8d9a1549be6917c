import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { EvaluationsController } from './evaluations.controller.js';
import { EvaluationsService } from './evaluations.service.js';

@Module({ imports: [JobsModule], controllers: [EvaluationsController], providers: [EvaluationsService] })
export class EvaluationsModule {}

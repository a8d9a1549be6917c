import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { GeneratorEvaluationsController } from './generator-evaluations.controller.js';
import { GeneratorEvaluationsService } from './generator-evaluations.service.js';

@Module({ imports: [JobsModule], controllers: [GeneratorEvaluationsController], providers: [GeneratorEvaluationsService] })
export class GeneratorEvaluationsModule {}

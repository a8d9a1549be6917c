import { Module } from '@nestjs/common';
import { ServingModule } from '../serving/serving.module.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { PredictionService } from './prediction.service.js';

@Module({ imports: [ServingModule], controllers: [ModelsController], providers: [ModelsService, PredictionService] })
export class ModelsModule {}

import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ServingModule } from '../serving/serving.module.js';
import { ChainsController } from './chains.controller.js';
import { ChainsService } from './chains.service.js';
import { GenerationInput } from './generation-input.js';
import { GenerationService } from './generation.service.js';
import { LatentsController } from './latents.controller.js';
import { LatentsService } from './latents.service.js';

@Module({
  imports: [DatasetsModule, ServingModule],
  controllers: [ChainsController, LatentsController],
  providers: [GenerationService, GenerationInput, ChainsService, LatentsService],
})
export class GenerationModule {}

import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ServingModule } from '../serving/serving.module.js';
import { AttacksController } from './attacks.controller.js';
import { AttacksService } from './attacks.service.js';

@Module({ imports: [DatasetsModule, ServingModule], controllers: [AttacksController], providers: [AttacksService] })
export class AttacksModule {}

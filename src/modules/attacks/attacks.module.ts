import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ExpressionUsesModule } from '../expression-uses/expression-uses.module.js';
import { ServingModule } from '../serving/serving.module.js';
import { AttacksController } from './attacks.controller.js';
import { AttacksService } from './attacks.service.js';

@Module({ imports: [DatasetsModule, ExpressionUsesModule, ServingModule], controllers: [AttacksController], providers: [AttacksService] })
export class AttacksModule {}

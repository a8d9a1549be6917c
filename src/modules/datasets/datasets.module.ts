import { Module } from '@nestjs/common';
import { DatasetFolders } from './dataset-folders.js';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';

@Module({ controllers: [DatasetsController], providers: [DatasetFolders, DatasetsService], exports: [DatasetFolders] })
export class DatasetsModule {}

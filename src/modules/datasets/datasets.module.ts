import { Module } from '@nestjs/common';
import { DatasetFolders } from './dataset-folders.js';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';
import { StoredExamples } from './stored-examples.service.js';

@Module({ controllers: [DatasetsController], providers: [DatasetFolders, DatasetsService, StoredExamples], exports: [DatasetFolders, StoredExamples] })
export class DatasetsModule {}

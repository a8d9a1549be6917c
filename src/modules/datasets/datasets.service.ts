import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { uploadOptions, type BuiltInOptions, type UploadOptions } from '../../datasets/dataset.options.js';
import { checkRoles, roleOf } from '../../datasets/file-roles.js';
import { createBuiltIn } from '../../datasets/create-built-in.js';
import { importDataset } from '../../datasets/import-dataset.js';
import { DEFAULT_DATASET_LIMITS } from '../../datasets/limits.js';
import { previewDataset } from '../../datasets/preview.js';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import type { Page } from '../../persistence/paging.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { putFolder } from '../../storage/object-folder.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { mapPage, toPageRequest, type PageQuery } from '../http/paging.schema.js';
import { toPointers } from '../http/pointers.js';
import { OBJECT_STORE, SETTINGS } from '../platform/tokens.js';
import { DatasetFolders } from './dataset-folders.js';
import { datasetViewOf, type DatasetView, type PreviewQuery } from './dataset.schema.js';
import { receiveForm, type ReceivedForm } from './upload-form.js';

function parseUploadOptions(options: Record<string, unknown>): UploadOptions {
  const outcome = uploadOptions.safeParse(options);
  if (outcome.success) return outcome.data;
  throw INVALID_REQUEST('form', toPointers(outcome.error.issues).map(({ pointer, detail }) => ({ pointer: `/options${pointer}`, detail })));
}

@Injectable()
export class DatasetsService implements OnModuleInit {
  private readonly workFolder: string;

  constructor(
    private readonly datasets: DatasetRepository,
    private readonly folders: DatasetFolders,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.workFolder = join(settings.dataFolder, 'uploads');
  }

  /** What a process that died left of its uploads is worth nothing. */
  async onModuleInit(): Promise<void> {
    await rm(this.workFolder, { recursive: true, force: true });
  }

  /** Receives, imports and stores an upload; whatever fails leaves nothing behind. */
  async upload(request: FastifyRequest): Promise<DatasetView> {
    return this.inWorkFolder(async (folder) => {
      const form = await receiveForm(request, join(folder, 'files'), this.settings, async ({ name }) => {
        if (typeof name === 'string') await this.datasets.refuseTaken(name);
      });
      const options = parseUploadOptions(form.options);
      await this.datasets.refuseTaken(options.name);
      const descriptor = await this.import(options, form, join(folder, 'dataset'));
      const files = form.files.map(({ field, name, bytes }) => ({ field, name, bytes }));
      return this.store(descriptor, join(folder, 'dataset'), { type: 'upload', options, files });
    });
  }

  private async import(options: UploadOptions, form: ReceivedForm, folder: string): Promise<DatasetDescriptor> {
    const files = form.files.map(({ field, name, path }) => ({ role: roleOf(options.format, field, name), name, open: () => createReadStream(path) }));
    checkRoles(options.format, files);
    return importDataset(options, files, folder, { ...DEFAULT_DATASET_LIMITS, maxInflatedBytes: this.settings.uploadUnpackedLimitBytes });
  }

  async createBuiltIn(options: BuiltInOptions): Promise<DatasetView> {
    await this.datasets.refuseTaken(options.name);
    return this.inWorkFolder(async (folder) => {
      const descriptor = await createBuiltIn(options, join(folder, 'dataset'));
      return this.store(descriptor, join(folder, 'dataset'), { type: 'built-in', options });
    });
  }

  private async inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.workFolder, randomUUID());
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Files first, then the row: a row always has its files. @throws name-taken, storage-full */
  private async store(descriptor: DatasetDescriptor, folder: string, source: Record<string, unknown>): Promise<DatasetView> {
    const id = randomUUID();
    const prefix = `datasets/${id}/`;
    const bytes = await putFolder(this.objects, folder, prefix);
    try {
      return datasetViewOf(await this.datasets.create({ id, name: descriptor.name, source, descriptor, digest: descriptor.digest, bytes, prefix }));
    } catch (error) {
      await this.objects.deletePrefix(prefix);
      throw error;
    }
  }

  async list(query: PageQuery): Promise<Page<DatasetView>> {
    return mapPage(await this.datasets.list(toPageRequest(query, this.settings.pageLimit)), datasetViewOf);
  }

  /** @throws dataset-not-found */
  async get(reference: string): Promise<DatasetView> {
    return datasetViewOf(await this.datasets.get(reference));
  }

  /** @throws dataset-not-found, and the errors of `previewDataset` for what is not pictures */
  async preview(reference: string, query: PreviewQuery): Promise<Buffer> {
    const folder = await this.folders.folder(await this.datasets.get(reference));
    const { split, columns } = query;
    return (await previewDataset(folder, { ...(split !== undefined && { split }), ...(columns !== undefined && { columns }) })).png;
  }

  /** @throws dataset-not-found, dataset-in-use */
  async delete(reference: string): Promise<void> {
    const { id, prefix } = await this.datasets.delete(reference);
    await this.folders.forget(id);
    await this.objects.deletePrefix(prefix);
  }
}

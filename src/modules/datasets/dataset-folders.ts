import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { openDataset } from '../../datasets/open-dataset.js';
import type { Dataset } from '../../datasets/dataset.js';
import type { DatasetEntity } from '../../persistence/entities/dataset.entity.js';
import { fetchFolder } from '../../storage/object-folder.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { OBJECT_STORE, SETTINGS } from '../platform/tokens.js';

/** Local copies of data sets that requests read examples of, fetched from the object store at first use. */
@Injectable()
export class DatasetFolders {
  private readonly fetching = new Map<string, Promise<string>>();

  constructor(
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  private pathOf(id: string): string {
    return join(this.settings.dataFolder, 'cache', 'api-datasets', id);
  }

  /** Folder with the canonical files; several callers share one fetch. */
  folder({ id, prefix }: DatasetEntity): Promise<string> {
    const running = this.fetching.get(id);
    if (running !== undefined) return running;
    const fetch = this.fetch(id, prefix).finally(() => this.fetching.delete(id));
    this.fetching.set(id, fetch);
    return fetch;
  }

  private async fetch(id: string, prefix: string): Promise<string> {
    const path = this.pathOf(id);
    const isThere = await stat(path).then((status) => status.isDirectory(), () => false);
    if (!isThere) await fetchFolder(this.objects, prefix, path);
    return path;
  }

  async open(dataset: DatasetEntity): Promise<Dataset> {
    return openDataset(await this.folder(dataset));
  }

  /** Removes the local copy of a deleted data set. */
  async forget(id: string): Promise<void> {
    await this.fetching.get(id)?.catch(() => undefined);
    await rm(this.pathOf(id), { recursive: true, force: true });
  }
}

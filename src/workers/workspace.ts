import { readdir, rm, stat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder, type FolderLock } from '../persistence/folder-lock.js';
import { fetchFolder } from '../storage/object-folder.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Local folders of a worker: one for each job in hand, and copies of stored folders that later jobs find again. */
export class Workspace {
  private readonly fetching = new Map<string, Promise<string>>();

  private constructor(
    private readonly store: ObjectStore,
    private readonly work: string,
    private readonly cache: string,
    private readonly lock: FolderLock,
  ) {}

  /** Takes `<dataFolder>/work` for this process and clears what a dead one left in it. @throws data-folder-in-use */
  static async open(dataFolder: string, store: ObjectStore): Promise<Workspace> {
    const work = join(dataFolder, 'work');
    const lock = lockFolder(work);
    for (const name of await readdir(work)) if (!name.startsWith('rampart.lock')) await rm(join(work, name), { recursive: true, force: true });
    return new Workspace(store, work, join(dataFolder, 'cache'), lock);
  }

  close(): void {
    this.lock.release();
  }

  /** An empty folder for a job. */
  async openJob(jobId: string): Promise<string> {
    const folder = join(this.work, jobId);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async closeJob(jobId: string): Promise<void> {
    await rm(join(this.work, jobId), { recursive: true, force: true });
  }

  /**
   * A local copy of the objects under `prefix`, whose content has the given digest; fetched once.
   * @throws object-not-found, storage-full
   */
  cached(kind: 'datasets' | 'models', digest: string, prefix: string): Promise<string> {
    const folder = join(this.cache, kind, digest);
    const known = this.fetching.get(folder);
    if (known !== undefined) return known;
    const fetched = this.fetchIfMissing(prefix, folder).finally(() => this.fetching.delete(folder));
    this.fetching.set(folder, fetched);
    return fetched;
  }

  private async fetchIfMissing(prefix: string, folder: string): Promise<string> {
    if (!(await this.isComplete(prefix, folder))) await fetchFolder(this.store, prefix, folder);
    return folder;
  }

  private async isComplete(prefix: string, folder: string): Promise<boolean> {
    let count = 0;
    for await (const { key, bytes } of this.store.list(prefix)) {
      const local = await stat(join(folder, ...key.slice(prefix.length).split('/'))).catch(() => undefined);
      if (local?.size !== bytes) return false;
      count += 1;
    }
    return count > 0;
  }
}

import { randomUUID } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat, lstat, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { OBJECT_NOT_FOUND, STORAGE_FULL } from '../errors/storage.errors.js';
import type { ObjectStat, ObjectStore } from './object-store.js';

/** Drafts lie here until they are whole; no key can name it, since keys have no tilde. */
const DRAFTS = '~drafts';

/** Age in ms from which a draft that nobody goes on writing is that of a dead process. */
const DEAD_DRAFT_MS = 24 * 3_600_000;

/** Tries of a put whose folder a delete beside it removes in between. */
const PUT_TRIES = 8;

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** A path, or a folder on the way to it, is not there (any more). */
const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

/** ENOSPC and EDQUOT as the error that users see; any other error as it is. */
export function asStorageError(error: unknown, what: string): unknown {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' ? STORAGE_FULL(what) : error;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Objects as files under one folder; a key is the path. Objects that a symbolic link leads to do not exist. */
export class FileSystemStore implements ObjectStore {
  private constructor(private readonly root: string) {}

  /**
   * Opens the store in `folder` and clears what earlier processes had left half-written.
   * @param exclusive whether no other process has the folder open; else only drafts that have not grown for a day are cleared
   */
  static async open(folder: string, { exclusive = true }: { readonly exclusive?: boolean } = {}): Promise<FileSystemStore> {
    await mkdir(join(folder, DRAFTS), { recursive: true });
    const root = await realpath(folder);
    const newest = exclusive ? Infinity : Date.now() - DEAD_DRAFT_MS;
    for (const name of await readdir(join(root, DRAFTS))) {
      const draft = join(root, DRAFTS, name);
      const status = await stat(draft).catch(() => undefined);
      if (status !== undefined && status.mtimeMs < newest) await rm(draft, { recursive: true, force: true });
    }
    return new FileSystemStore(root);
  }

  private pathOf(key: string): string {
    const path = join(this.root, ...key.split('/'));
    if (!path.startsWith(this.root + sep)) throw new Error(`internal: key outside of the store: ${key}`);
    return path;
  }

  /** The folder as it really is must lie in the store: a link on the way out is refused. */
  private async isInside(folder: string): Promise<boolean> {
    const real = await realpath(folder);
    return real === folder;
  }

  async put(key: string, body: Readable | Uint8Array): Promise<ObjectStat> {
    const path = this.pathOf(key);
    const draft = join(this.root, DRAFTS, randomUUID());
    try {
      const bytes = await this.writeDraft(draft, body);
      for (let tries = 1; !(await this.moveInto(path, draft, key)); tries++) {
        if (tries === PUT_TRIES) throw new Error(`internal: the folder of ${key} was removed ${tries} times while the object was put there`);
      }
      return { key, bytes };
    } catch (error) {
      await rm(draft, { force: true });
      throw asStorageError(error, `object "${key}"`);
    }
  }

  /** Gives a draft its place; @returns false where the folder, made here, was removed by a delete of its last object in between. */
  private async moveInto(path: string, draft: string, key: string): Promise<boolean> {
    const folder = dirname(path);
    try {
      await mkdir(folder, { recursive: true });
      if (!(await this.isInside(folder))) throw new Error(`internal: a symbolic link leads out of the store at ${key}`);
      await rename(draft, path);
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
    await syncFolder(folder).catch((error: unknown) => {
      if (!isAbsent(error)) throw error; // deleted already
    });
    return true;
  }

  /** Writes and syncs; @returns the number of bytes. */
  private async writeDraft(draft: string, body: Readable | Uint8Array): Promise<number> {
    const handle: FileHandle = await open(draft, 'wx');
    try {
      if (body instanceof Uint8Array) await handle.writeFile(body);
      else for await (const chunk of body) await handle.writeFile(chunk as Uint8Array);
      await handle.sync();
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  async get(key: string): Promise<Readable> {
    const path = this.pathOf(key);
    const found = await this.stat(key);
    if (found === undefined) throw OBJECT_NOT_FOUND(key);
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      return createReadStream(path, { fd: handle });
    } catch (error) {
      throw isAbsent(error) ? OBJECT_NOT_FOUND(key) : error; // deleted since
    }
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const path = this.pathOf(key);
    try {
      const [status, isInside] = await Promise.all([lstat(path), this.isInside(dirname(path))]);
      return status.isFile() && isInside ? { key, bytes: status.size } : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectStat> {
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
    const start = folder === '' ? this.root : this.pathOf(folder);
    for await (const path of this.walk(start)) {
      const key = relative(this.root, path).split(sep).join('/');
      if (!key.startsWith(prefix)) continue;
      const status = await stat(path).catch(() => undefined);
      if (status !== undefined) yield { key, bytes: status.size };
    }
  }

  /** Regular files under a folder, in the order of their keys; links are not followed. */
  private async *walk(folder: string): AsyncGenerator<string> {
    let entries: Dirent[];
    try {
      if (!(await this.isInside(folder))) return;
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    const sortName = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);
    entries.sort((a, b) => (sortName(a) < sortName(b) ? -1 : 1));
    for (const entry of entries) {
      if (folder === this.root && entry.name === DRAFTS) continue;
      if (entry.isDirectory()) yield* this.walk(join(folder, entry.name));
      else if (entry.isFile()) yield join(folder, entry.name);
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    if ((await this.stat(key)) === undefined) return;
    await rm(path, { force: true });
    await this.removeEmptyFolders(dirname(path));
  }

  async deletePrefix(prefix: string): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of this.list(prefix)) keys.push(key);
    for (const key of keys) await this.delete(key);
  }

  private async removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at !== this.root; at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return;
      }
    }
  }
}

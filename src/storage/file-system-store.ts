import { randomUUID } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat, lstat, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { OBJECT_NOT_FOUND, STORAGE_FULL } from '../errors/storage.errors.js';
import type { ObjectStat, ObjectStore } from './object-store.js';

/** Drafts lie here until they are whole; no key can name it, since keys have no tilde. */
const DRAFTS = '~drafts';

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

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

  /** Opens the store in `folder` and clears what an earlier process had left half-written. The folder has one owner. */
  static async open(folder: string): Promise<FileSystemStore> {
    await mkdir(folder, { recursive: true });
    const root = await realpath(folder);
    await rm(join(root, DRAFTS), { recursive: true, force: true });
    await mkdir(join(root, DRAFTS));
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
      await mkdir(dirname(path), { recursive: true });
      if (!(await this.isInside(dirname(path)))) throw new Error(`internal: a symbolic link leads out of the store at ${key}`);
      await rename(draft, path);
      await syncFolder(dirname(path));
      return { key, bytes };
    } catch (error) {
      await rm(draft, { force: true });
      throw asStorageError(error, `object "${key}"`);
    }
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
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return createReadStream(path, { fd: handle });
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const path = this.pathOf(key);
    try {
      const [status, isInside] = await Promise.all([lstat(path), this.isInside(dirname(path))]);
      return status.isFile() && isInside ? { key, bytes: status.size } : undefined;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
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
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
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

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OBJECT_NOT_FOUND } from '../errors/storage.errors.js';
import { asStorageError } from './file-system-store.js';
import type { ObjectStore } from './object-store.js';

/**
 * Stores every file under `folder` as `<prefix><path>`. A failure removes what was stored, so that there is all or nothing.
 * @param prefix ends with a slash
 * @returns total bytes
 * @throws storage-full
 */
export async function putFolder(store: ObjectStore, folder: string, prefix: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  let bytes = 0;
  try {
    for (const path of paths) {
      const key = prefix + path.slice(folder.length + 1).split('\\').join('/');
      bytes += (await store.put(key, createReadStream(path))).bytes;
    }
  } catch (error) {
    await store.deletePrefix(prefix).catch(() => undefined);
    throw error;
  }
  return bytes;
}

/**
 * Copies every object under `prefix` into the new folder `folder`, which appears only when all of it is there.
 * @throws object-not-found when there is none; storage-full
 */
export async function fetchFolder(store: ObjectStore, prefix: string, folder: string): Promise<void> {
  const draft = `${folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  try {
    let count = 0;
    for await (const { key, bytes } of store.list(prefix)) {
      const path = join(draft, ...key.slice(prefix.length).split('/'));
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await store.get(key), createWriteStream(path));
      const copied = (await stat(path)).size;
      if (copied !== bytes) throw new Error(`internal: ${key} has ${bytes} bytes, its copy ${copied}`);
      count += 1;
    }
    if (count === 0) throw OBJECT_NOT_FOUND(prefix);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw asStorageError(error, `the copy of "${prefix}"`);
  }
}

import { mkdtempSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckedStore } from './checked-store.js';
import { FileSystemStore } from './file-system-store.js';
import { fetchFolder, putFolder } from './object-folder.js';
import { describeObjectStore } from '../../test/contracts/object-store.contract.js';

let folder: string;
const open = async (): Promise<CheckedStore> => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-store-'));
  return new CheckedStore(await FileSystemStore.open(join(folder, 'objects')));
};
const close = (): Promise<void> => Promise.resolve(rmSync(folder, { recursive: true }));

describeObjectStore('the file system store', open, close);

describe('the file system store', () => {
  let store: CheckedStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(close);

  it('does not follow symbolic links', async () => {
    writeFileSync(join(folder, 'secret'), 'secret');
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(folder, 'outside', 'file'), 'secret');
    symlinkSync(join(folder, 'secret'), join(folder, 'objects', 'link'));
    symlinkSync(join(folder, 'outside'), join(folder, 'objects', 'dir'));
    await expect(store.get('link')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(store.get('dir/file')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(store.put('dir/new', new Uint8Array([1]))).rejects.toThrow('internal: a symbolic link');
    await store.deletePrefix('dir/');
    expect(readdirSync(join(folder, 'outside'))).toEqual(['file']);
  });

  it('turns a full disk into storage-full and keeps nothing', async () => {
    const full = Readable.from(
      (function* () {
        yield Buffer.alloc(10);
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      })(),
    );
    await expect(store.put('big', full)).rejects.toMatchObject({ code: 'storage-full', status: 507 });
    expect(await store.stat('big')).toBeUndefined();
    expect(readdirSync(join(folder, 'objects', '~drafts'))).toEqual([]);
  });

  it('clears drafts of a dead process at the start', async () => {
    writeFileSync(join(folder, 'objects', '~drafts', 'half'), 'half');
    await FileSystemStore.open(join(folder, 'objects'));
    expect(readdirSync(join(folder, 'objects', '~drafts'))).toEqual([]);
  });

  it('leaves the drafts of other processes of the folder alone, until they are a day old', async () => {
    const draft = (name: string): string => join(folder, 'objects', '~drafts', name);
    writeFileSync(draft('growing'), 'half');
    writeFileSync(draft('old'), 'half');
    const before = Date.now() / 1000 - 25 * 3600;
    utimesSync(draft('old'), before, before);
    await FileSystemStore.open(join(folder, 'objects'), { exclusive: false });
    expect(readdirSync(join(folder, 'objects', '~drafts'))).toEqual(['growing']);
  });

  it('answers a reader with the object or with object-not-found, whenever it is deleted', async () => {
    const raw = await FileSystemStore.open(join(folder, 'objects'));
    const found = raw.stat.bind(raw);
    raw.stat = async (key) => {
      const before = await found(key);
      await rm(join(folder, 'objects', key)); // by another process, after it was seen
      return before;
    };
    await raw.put('states/1', new Uint8Array([1]));
    await expect(raw.get('states/1')).rejects.toMatchObject({ code: 'object-not-found' });
  });

  it('puts objects beside deletes that remove the folder', async () => {
    const other = await FileSystemStore.open(join(folder, 'objects'), { exclusive: false });
    const round = async (name: string): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await store.put(`busy/${name}`, new Uint8Array([i]));
        await other.delete(`busy/${name}`);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(round));
    expect(readdirSync(join(folder, 'objects'))).toEqual(['~drafts']);
  });

  it('stores and fetches whole folders', async () => {
    const source = join(folder, 'source');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'a.json'), '{}');
    writeFileSync(join(source, 'sub', 'b.bin'), Buffer.alloc(1000, 7));
    expect(await putFolder(store, source, 'jobs/1/')).toBe(1002);
    await fetchFolder(store, 'jobs/1/', join(folder, 'copy'));
    expect(readFileSync(join(folder, 'copy', 'sub', 'b.bin'))).toEqual(Buffer.alloc(1000, 7));
    await expect(fetchFolder(store, 'jobs/2/', join(folder, 'none'))).rejects.toMatchObject({ code: 'object-not-found' });
    expect(readdirSync(folder).sort()).toEqual(['copy', 'objects', 'source']);
  });

  it('stores all of a folder or nothing', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'a'), 'a');
    writeFileSync(join(source, 'b b'), 'not a key');
    writeFileSync(join(source, 'c'), 'c');
    await expect(putFolder(store, source, 'jobs/3/')).rejects.toMatchObject({ code: 'invalid-object-key' });
    const left: string[] = [];
    for await (const { key } of store.list('jobs/')) left.push(key);
    expect(left).toEqual([]);
  });
});

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/storage/object-store.js';

/** What every driver must do; `open` gives an empty store, `close` disposes of it. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>, close: () => Promise<void>): void {
  describe(`${name} keeps the object store contract`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(close);

    const read = async (key: string): Promise<string> => (await buffer(await store.get(key))).toString('utf8');
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    it('gives back bytes and streams, and overwrites', async () => {
      expect(await store.put('a/one.bin', new TextEncoder().encode('first'))).toEqual({ key: 'a/one.bin', bytes: 5 });
      expect(await read('a/one.bin')).toBe('first');
      expect(await store.put('a/one.bin', Readable.from([Buffer.from('sec'), Buffer.from('ond!')]))).toEqual({ key: 'a/one.bin', bytes: 7 });
      expect(await read('a/one.bin')).toBe('second!');
      expect(await store.stat('a/one.bin')).toEqual({ key: 'a/one.bin', bytes: 7 });
    });

    it('keeps an empty object', async () => {
      expect(await store.put('empty', new Uint8Array())).toEqual({ key: 'empty', bytes: 0 });
      expect(await read('empty')).toBe('');
    });

    it('keeps nothing of a stream that breaks, and the object before it whole', async () => {
      const broken = (): Readable =>
        Readable.from(
          (function* () {
            yield Buffer.alloc(100_000);
            throw new Error('cut off');
          })(),
        );
      await expect(store.put('b/new', broken())).rejects.toThrow('cut off');
      expect(await store.stat('b/new')).toBeUndefined();
      await store.put('b/old', new TextEncoder().encode('old'));
      await expect(store.put('b/old', broken())).rejects.toThrow('cut off');
      expect(await read('b/old')).toBe('old');
      expect(await keys('b/')).toEqual(['b/old']);
    });

    it('answers a missing object', async () => {
      expect(await store.stat('none')).toBeUndefined();
      await expect(store.get('none')).rejects.toMatchObject({ code: 'object-not-found' });
      await store.delete('none');
      expect(await keys('none/')).toEqual([]);
    });

    it('lists by prefix of the key, in order, with sizes', async () => {
      for (const key of ['m/a/2', 'm/a/1', 'm/ab', 'm/b/deep/er/x', 'n']) await store.put(key, new TextEncoder().encode(key));
      expect(await keys('m/a/')).toEqual(['m/a/1', 'm/a/2']);
      expect(await keys('m/a')).toEqual(['m/a/1', 'm/a/2', 'm/ab']);
      expect(await keys('m/')).toEqual(['m/a/1', 'm/a/2', 'm/ab', 'm/b/deep/er/x']);
      for await (const { key, bytes } of store.list('m/b/')) expect(bytes).toBe(key.length);
    });

    it('deletes one, and all under a prefix', async () => {
      for (const key of ['p/1', 'p/2/3', 'pq']) await store.put(key, new Uint8Array([1]));
      await store.delete('p/1');
      expect(await keys('p')).toEqual(['p/2/3', 'pq']);
      await store.deletePrefix('p/');
      expect(await keys('p')).toEqual(['pq']);
    });

    it('shows concurrent readers a whole object', async () => {
      const versions = ['x'.repeat(200_000), 'y'.repeat(150_000)];
      await store.put('c', Buffer.from(versions[0]!));
      const reads = Promise.all(Array.from({ length: 10 }, () => read('c')));
      await Promise.all(versions.map((text) => store.put('c', Buffer.from(text))));
      for (const text of [...(await reads), await read('c')]) expect(versions).toContain(text);
    });

    it.each(['', '/a', 'a//b', '../a', 'a/../b', 'a/.', '~a', 'a b', 'a\\b', 'a\u0000', 'ü', 'a/'.repeat(20) + 'a'])('refuses the key %j', async (key) => {
      await expect(store.put(key, new Uint8Array([1]))).rejects.toMatchObject({ code: 'invalid-object-key' });
      await expect(store.get(key)).rejects.toMatchObject({ code: 'invalid-object-key' });
    });

    it('refuses to delete everything', async () => {
      await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'invalid-object-key' });
      await expect(store.deletePrefix('/')).rejects.toMatchObject({ code: 'invalid-object-key' });
    });
  });
}

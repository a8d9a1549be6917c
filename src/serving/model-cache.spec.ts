import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadedModel } from '../bundles/model.js';
import { fakeManifest } from './testing/fake-model.js';
import { ModelCache, type ModelCacheOptions } from './model-cache.js';

/** A store whose models are `bytes` long and that records what is open. */
function store(options: Partial<ModelCacheOptions> & { bytes?: number } = {}) {
  const log = { materialised: [] as string[], open: new Set<string>(), disposed: [] as string[], discarded: [] as string[] };
  let serial = 0;
  const cache = new ModelCache({
    maxModels: 2,
    maxBytes: 1e9,
    materialise: async (modelId) => {
      log.materialised.push(modelId);
      await Promise.resolve();
      return `${modelId}#${(serial += 1)}`;
    },
    load: (folder): Promise<LoadedModel> => {
      log.open.add(folder);
      return Promise.resolve({
        manifest: { ...fakeManifest(), name: folder, parts: [{ file: 'weights.safetensors', bytes: options.bytes ?? 10, sha256: '0'.repeat(64) }] },
        run: () => (log.open.has(folder) ? Promise.resolve({}) : Promise.reject(new Error(`${folder} was used after dispose`))),
        dispose: () => {
          if (!log.open.delete(folder)) throw new Error(`${folder} was disposed twice`);
          log.disposed.push(folder);
          return Promise.resolve();
        },
      });
    },
    discard: (folder) => Promise.resolve(void log.discarded.push(folder)),
    ...options,
  });
  return { cache, log };
}

describe('ModelCache', () => {
  it('loads a model once for concurrent and later requests', async () => {
    const { cache, log } = store();
    const names = await Promise.all([1, 2, 3].map(() => cache.use('a', (model) => Promise.resolve(model.manifest.name))));
    await cache.use('a', () => Promise.resolve());
    expect(names).toEqual(['a#1', 'a#1', 'a#1']);
    expect(log.materialised).toEqual(['a']);
    expect(cache.counters()).toEqual({ models: 1, bytes: 10, hits: 3, misses: 1, evictions: 0 });
  });

  it('evicts the least recently used model', async () => {
    const { cache, log } = store();
    for (const id of ['a', 'b', 'a', 'c']) await cache.use(id, () => Promise.resolve());
    expect(log.disposed).toEqual(['b#2']);
    expect(log.discarded).toEqual(['b#2']);
    expect(cache.counters()).toMatchObject({ models: 2, evictions: 1 });
  });

  it('evicts by bytes, but keeps one model whatever its size', async () => {
    const { cache, log } = store({ maxBytes: 25, maxModels: 10, bytes: 10 });
    for (const id of ['a', 'b', 'c']) await cache.use(id, () => Promise.resolve());
    expect(log.disposed).toEqual(['a#1']);
    const large = store({ maxBytes: 5, bytes: 10 });
    await large.cache.use('a', () => Promise.resolve());
    expect(large.cache.counters()).toMatchObject({ models: 1, bytes: 10 });
  });

  it('disposes an evicted model after its last user', async () => {
    const { cache, log } = store({ maxModels: 1 });
    const [first, second] = [await cache.acquire('a'), await cache.acquire('a')];
    await cache.use('b', () => Promise.resolve());
    await first.release();
    await first.release();
    expect(log.disposed).toEqual([]);
    await second.model.run('predict', {});
    await second.release();
    expect(log.disposed).toEqual(['a#1']);
  });

  it('loads a deleted model anew, and lets requests in hand end', async () => {
    const { cache, log } = store();
    const lease = await cache.acquire('a');
    await cache.invalidate('a');
    await lease.model.run('predict', {});
    expect(await cache.use('a', (model) => Promise.resolve(model.manifest.name))).toBe('a#2');
    await lease.release();
    expect(log.disposed).toEqual(['a#1']);
  });

  it('passes a failure to everyone who waited and tries again next time', async () => {
    let failures = 1;
    const { cache, log } = store({
      materialise: (modelId) => (failures-- > 0 ? Promise.reject(new Error('store is away')) : Promise.resolve(modelId)),
    });
    const waiting = await Promise.allSettled([cache.acquire('a'), cache.acquire('a')]);
    expect(waiting.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    await cache.use('a', () => Promise.resolve());
    expect([...log.open]).toEqual(['a']);
  });

  it('discards the folder of a bundle that does not load', async () => {
    const { cache, log } = store({ load: () => Promise.reject(new Error('damaged')) });
    await expect(cache.acquire('a')).rejects.toThrow('damaged');
    expect(log.discarded).toEqual(['a#1']);
  });

  it('refuses work once closed, and closes everything', async () => {
    const { cache, log } = store();
    const lease = await cache.acquire('a');
    await cache.use('b', () => Promise.resolve());
    const closed = cache.close();
    await expect(cache.acquire('a')).rejects.toMatchObject({ code: 'serving-stopped' });
    await lease.release();
    await closed;
    expect(log.open.size).toBe(0);
  });

  it('never runs a disposed model nor leaves one open, whatever the order of calls', async () => {
    const call = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), kind: fc.constantFrom('use', 'use', 'use', 'invalidate'), ticks: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
        const { cache, log } = store();
        await Promise.all(
          calls.map(async ({ id, kind, ticks }) => {
            for (let i = 0; i < ticks; i++) await Promise.resolve();
            if (kind === 'invalidate') return cache.invalidate(id);
            await cache.use(id, async (model) => {
              for (let i = 0; i < ticks; i++) await Promise.resolve();
              await model.run('predict', {});
            });
          }),
        );
        expect(cache.counters().models).toBeLessThanOrEqual(2);
        await cache.close();
        expect(log.open.size).toBe(0);
        expect(log.discarded.length).toBe(log.materialised.length);
      }),
      { numRuns: 100 },
    );
  });
});

import type { LoadedModel } from '../bundles/model.js';
import { servingStopped } from '../errors/serving.errors.js';

export interface ModelCacheOptions<M extends LoadedModel = LoadedModel> {
  /** Most models kept ready; at least 1. */
  readonly maxModels: number;
  /** Most bytes of stored parts (weights and graphs) of the models kept ready; one model is kept whatever its size. */
  readonly maxBytes: number;
  /** Puts the bundle of a model into a folder of its own, which stays as it is until `discard`. */
  materialise(modelId: string): Promise<string>;
  load(folder: string): Promise<M>;
  /** Called with a folder when its model is gone. */
  discard?(folder: string): Promise<void>;
  /** Told when closing a model fails; the request that used it last is not. */
  closingFailed?(error: unknown): void;
}

export interface ModelCacheCounters {
  readonly models: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
}

/** A model that is kept open until it is released, even if the cache evicts it meanwhile. */
export interface ModelLease<M extends LoadedModel = LoadedModel> {
  readonly model: Omit<M, 'dispose'>;
  /** Idempotent; resolves when nothing is left to do, which includes disposing an evicted model. */
  release(): Promise<void>;
}

/** One model: `users` counts leases and waiting callers; `retired` once the cache no longer offers it. */
interface Entry<M> {
  readonly opening: Promise<{ readonly model: M; readonly folder: string }>;
  bytes: number;
  users: number;
  retired: boolean;
  /** Set once closing has begun. */
  closing?: Promise<void>;
  readonly closed: Promise<void>;
  readonly markClosed: () => void;
}

/**
 * Models kept ready for requests, by id. Concurrent requests for a model that is not there load it once; the least
 * recently used model is evicted first; a model in use is disposed after its last user.
 */
export class ModelCache<M extends LoadedModel = LoadedModel> {
  /** Least recently used first. */
  private readonly entries = new Map<string, Entry<M>>();
  /** Every entry that is not closed yet, offered or not. */
  private readonly alive = new Set<Entry<M>>();
  private hits = 0;
  private misses = 0;
  private evictions = 0;
  private stopped = false;

  constructor(private readonly options: ModelCacheOptions<M>) {}

  /**
   * Takes a model for use, loading it if need be.
   * @throws serving-stopped, and what `materialise` and `load` throw (the next call tries again)
   */
  async acquire(modelId: string): Promise<ModelLease<M>> {
    if (this.stopped) throw servingStopped();
    const entry = this.touch(modelId);
    entry.users += 1;
    try {
      const { model } = await entry.opening;
      let released: Promise<void> | undefined;
      return { model, release: () => (released ??= this.leave(entry)) };
    } catch (error) {
      await this.leave(entry);
      throw error;
    }
  }

  /** Runs `action` with a model and releases it afterwards, however `action` ends. */
  async use<T>(modelId: string, action: (model: Omit<M, 'dispose'>) => Promise<T>): Promise<T> {
    const lease = await this.acquire(modelId);
    try {
      return await action(lease.model);
    } finally {
      await lease.release();
    }
  }

  /** Forgets a model, e.g. because it was deleted: new requests load it anew; requests in hand end first. */
  async invalidate(modelId: string): Promise<void> {
    const entry = this.entries.get(modelId);
    if (entry !== undefined) await this.retire(modelId, entry);
  }

  /** Takes no more requests, waits for those in hand, and disposes every model. */
  async close(): Promise<void> {
    this.stopped = true;
    for (const [modelId, entry] of [...this.entries]) void this.retire(modelId, entry);
    await Promise.all([...this.alive].map((entry) => entry.closed));
  }

  counters(): ModelCacheCounters {
    const { hits, misses, evictions } = this;
    return { models: this.entries.size, bytes: this.bytes(), hits, misses, evictions };
  }

  private touch(modelId: string): Entry<M> {
    const known = this.entries.get(modelId);
    if (known !== undefined) {
      this.hits += 1;
      this.entries.delete(modelId);
      this.entries.set(modelId, known);
      return known;
    }
    this.misses += 1;
    const entry = this.begin(modelId);
    entry.opening.then(
      ({ model }) => {
        entry.bytes = model.manifest.parts.reduce((sum, part) => sum + part.bytes, 0);
        this.evict(modelId);
      },
      () => this.retire(modelId, entry),
    );
    return entry;
  }

  private begin(modelId: string): Entry<M> {
    let markClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => (markClosed = resolve));
    const entry: Entry<M> = { opening: this.open(modelId), bytes: 0, users: 0, retired: false, closed, markClosed };
    this.entries.set(modelId, entry);
    this.alive.add(entry);
    return entry;
  }

  private async open(modelId: string): Promise<{ model: M; folder: string }> {
    const folder = await this.options.materialise(modelId);
    try {
      return { model: await this.options.load(folder), folder };
    } catch (error) {
      await this.options.discard?.(folder);
      throw error;
    }
  }

  private bytes(): number {
    return [...this.entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  }

  /** Evicts from the least recently used end until the limits hold; `newest` is spared. */
  private evict(newest: string): void {
    for (const [modelId, entry] of [...this.entries]) {
      if (this.entries.size <= this.options.maxModels && this.bytes() <= this.options.maxBytes) return;
      if (modelId === newest) continue;
      this.evictions += 1;
      void this.retire(modelId, entry);
    }
  }

  private async retire(modelId: string, entry: Entry<M>): Promise<void> {
    if (this.entries.get(modelId) === entry) this.entries.delete(modelId);
    entry.retired = true;
    await this.closeIfUnused(entry);
  }

  private async leave(entry: Entry<M>): Promise<void> {
    entry.users -= 1;
    await this.closeIfUnused(entry);
  }

  private async closeIfUnused(entry: Entry<M>): Promise<void> {
    if (entry.retired && entry.users === 0) await (entry.closing ??= this.dispose(entry));
  }

  private async dispose(entry: Entry<M>): Promise<void> {
    const opened = await entry.opening.catch(() => undefined); // a model that did not load has nothing to dispose
    try {
      await opened?.model.dispose();
      if (opened !== undefined) await this.options.discard?.(opened.folder);
    } catch (error) {
      this.options.closingFailed?.(error);
    }
    this.alive.delete(entry);
    entry.markClosed();
  }
}

import { EventEmitter } from 'node:events';

/** Tells listeners of this process that a job's row or log has changed; those of other processes poll. */
export class JobEventBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  /** Call after the change is committed, outside of its transaction. */
  changed(jobId: string): void {
    this.emitter.emit(jobId);
  }

  /** @returns a function that ends the subscription. */
  subscribe(jobId: string, listener: () => void): () => void {
    this.emitter.on(jobId, listener);
    return () => void this.emitter.off(jobId, listener);
  }

  /** Resolves at the next change of the job, after `timeoutMs`, or when `signal` aborts; never rejects. */
  next(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        unsubscribe();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const unsubscribe = this.subscribe(jobId, done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }
}

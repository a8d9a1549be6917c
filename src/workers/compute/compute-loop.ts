import type { JobObserver } from '../../observer/job-observer.js';
import { computeFailure } from './failure.js';
import { StopRequested, type Computation, type ComputationResult, type MessageFromCompute, type MessageToCompute } from './protocol.js';

export type Compute = (computation: Computation, observer: JobObserver, signal: AbortSignal) => Promise<ComputationResult>;

/** Progress is sent at most this often; the last one before the end always is. */
const PROGRESS_MS = 100;

/** Resolves when the message has been written to the pipe. */
function send(message: MessageFromCompute): Promise<void> {
  return new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
}

class SendingObserver implements JobObserver {
  private readonly waiting = new Map<number, () => void>();
  private lastProgress = 0;

  event(level: 'debug' | 'info' | 'warn' | 'error', message: string, data: Readonly<Record<string, unknown>> = {}): void {
    void send({ type: 'event', at: Date.now(), level, message, data });
  }

  progress(progress: Parameters<JobObserver['progress']>[0]): void {
    const now = performance.now();
    if (now - this.lastProgress < PROGRESS_MS && progress.step < progress.totalSteps) return;
    this.lastProgress = now;
    void send({ type: 'progress', progress });
  }

  metrics(step: number, values: Readonly<Record<string, number>>): void {
    void send({ type: 'metrics', at: Date.now(), step, values });
  }

  picture(step: number, name: string, png: Uint8Array): Promise<void> {
    return send({ type: 'picture', at: Date.now(), step, name, png });
  }

  /** Resolves when the runner has stored the files. */
  async checkpoint(step: number, folder: string): Promise<void> {
    const stored = new Promise<void>((resolve) => this.waiting.set(step, resolve));
    await send({ type: 'checkpoint', step, folder });
    await stored;
  }

  stored(step: number): void {
    this.waiting.get(step)?.();
    this.waiting.delete(step);
  }
}

/**
 * The life of a compute process: one computation, started and stopped by messages of the parent, which gets its events and
 * its end. It ends at once when the parent is gone, and leaves signals to the parent, which knows what is in hand.
 */
export function runComputeProcess(compute: Compute): void {
  const controller = new AbortController();
  const observer = new SendingObserver();
  const end = async (message: MessageFromCompute): Promise<void> => {
    await send(message);
    process.exit(0);
  };
  const start = async (computation: Computation): Promise<void> => {
    try {
      const result = await compute(computation, observer, controller.signal);
      await end({ type: 'finished', result });
    } catch (error) {
      if (controller.signal.aborted) return end({ type: 'stopped' });
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      await end({ type: 'failed', ...computeFailure(error) });
    }
  };
  process.on('message', (message: MessageToCompute) => {
    switch (message.type) {
      case 'start':
        return void start(message.computation);
      case 'stop':
        return controller.abort(new StopRequested(message.reason));
      case 'checkpoint-stored':
        return observer.stored(message.step);
    }
  });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  // Not exit(): native threads may be inside a computation, and nothing here needs an orderly end.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Settings } from '../config/settings.js';
import type { WorkerJob } from '../persistence/entities/worker.entity.js';
import type { NewWorker, WorkerRepository } from '../persistence/repositories/worker.repository.js';
import type { EngineInUse } from './engine-in-use.js';
import { softwareVersions } from './software.js';

/** Signs of life within the time after which a silent worker counts as lost. */
const BEATS_PER_LEASE = 3;

export interface PresenceOptions {
  readonly settings: Pick<Settings, 'role' | 'computeThreads' | 'workerSlots' | 'leaseSeconds'>;
  readonly workers: WorkerRepository;
  readonly engine: EngineInUse;
  /** No other worker can share the database. */
  readonly exclusive: boolean;
  readonly jobs: () => readonly WorkerJob[];
  /** Told about beats that failed; the next one may succeed. */
  readonly onError: (error: unknown) => void;
}

/** Keeps the row of this worker: made at the start, renewed while it lives, removed when it stops in order. */
export class WorkerPresence {
  private readonly worker: NewWorker;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(private readonly options: PresenceOptions) {
    const { settings: { role, computeThreads, workerSlots }, engine } = options;
    if (role === 'api') throw new Error('internal: the role api runs no jobs');
    const { tensorflow } = engine;
    this.worker = {
      id: randomUUID(), host: hostname(), pid: process.pid, role, engine: engine.name, device: engine.device, threads: computeThreads, slots: workerSlots,
      versions: { ...softwareVersions(), ...(tensorflow !== undefined && { tensorflow }) },
    };
  }

  async start(): Promise<void> {
    await this.options.workers.register(this.worker, this.options.exclusive);
    this.timer = setInterval(() => this.beat(), (this.options.settings.leaseSeconds * 1000) / BEATS_PER_LEASE);
    this.timer.unref();
  }

  /** A sign of life with the jobs in hand; also to be called when these change. */
  beat(): void {
    this.beating = this.beating.then(() => this.write()).catch(this.options.onError);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    await this.options.workers.remove(this.worker.id).catch(this.options.onError);
  }

  private async write(): Promise<void> {
    const { workers, jobs } = this.options;
    if (await workers.beat(this.worker.id, jobs())) return;
    // Others took this worker for lost, e.g. after its machine had slept for a day.
    await workers.register(this.worker, false);
    await workers.beat(this.worker.id, jobs());
  }
}

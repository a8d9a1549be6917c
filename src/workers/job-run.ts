import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { COMPUTE_CRASHED } from '../errors/jobs.errors.js';
import { RampartError } from '../errors/index.js';
import type { JobEntity, JobErrorRecord } from '../persistence/entities/job.entity.js';
import type { RequeueCause } from '../persistence/job-state.js';
import type { JobEventBus } from '../persistence/job-event-bus.js';
import type { JobEventRepository } from '../persistence/repositories/job-event.repository.js';
import type { JobRepository } from '../persistence/repositories/job.repository.js';
import { pictureFile, pictureHref, pictureKey } from '../persistence/job-picture.js';
import { ForkedProcess, type ProcessEnd } from '../processes/forked-process.js';
import { asStorageError } from '../storage/file-system-store.js';
import { fetchFolder, putFolder } from '../storage/object-folder.js';
import type { ComputationResult, JobComputation, MessageFromCompute, MessageToCompute, StopReason } from './compute/protocol.js';
import { EventRelay } from './event-relay.js';
import type { HandlerContext, JobHandler } from './job-handler.js';

export interface RunContext extends HandlerContext {
  readonly jobs: JobRepository;
  readonly events: JobEventRepository;
  readonly bus: JobEventBus;
  /** Path of the compiled module that the compute process runs. */
  readonly computeEntry: string;
}

/** Rejects a delivery, so that the queue delivers the job again. */
export class Redeliver extends Error {}

/** How often the runner looks whether another process has asked for a cancellation. */
const CANCEL_POLL_MS = 1_000;

/** One start of one job that is already `running`: from its inputs to the state that it ends in. */
export class JobRun {
  private readonly relay: EventRelay;
  private readonly over = new AbortController();
  private compute: ForkedProcess<MessageToCompute, MessageFromCompute> | undefined;
  private stopReason: StopReason | undefined;
  private killTimer: NodeJS.Timeout | undefined;
  private last: Extract<MessageFromCompute, { type: 'finished' | 'stopped' | 'failed' }> | undefined;
  /** Error of this side, e.g. of storing a checkpoint. */
  private fault: unknown;
  private handling: Promise<void> = Promise.resolve();
  private storedCheckpoint: string | undefined;

  constructor(
    readonly job: JobEntity,
    private readonly handler: JobHandler,
    private readonly context: RunContext,
  ) {
    this.relay = new EventRelay(context.jobs, context.events, job, (error) => this.fail(error));
    this.storedCheckpoint = job.checkpoint?.prefix;
  }

  /** @throws Redeliver when the job goes back to the queue */
  async run(): Promise<void> {
    const { workspace } = this.context;
    try {
      const folder = await workspace.openJob(this.job.id);
      const computation = await this.prepare(folder);
      const end = await this.runCompute(computation);
      await this.relay.flush();
      await this.settle(end);
    } catch (error) {
      if (error instanceof Redeliver) throw error;
      await this.settleFault(error);
    } finally {
      clearTimeout(this.killTimer);
      this.over.abort();
      await workspace.closeJob(this.job.id);
    }
  }

  /** Asks the computation to end; it is killed when it has not obeyed in time. */
  stop(reason: StopReason): void {
    if (this.stopReason === 'cancel' || this.stopReason === reason) return;
    this.stopReason = reason;
    this.compute?.send({ type: 'stop', reason });
    this.killTimer ??= setTimeout(() => this.compute?.kill(), this.context.settings.cancelGraceSeconds * 1000);
  }

  private async prepare(folder: string): Promise<JobComputation> {
    const { checkpoint } = this.job;
    const resumeFrom = checkpoint === null ? undefined : join(folder, 'resume');
    if (checkpoint !== null && resumeFrom !== undefined) {
      await fetchFolder(this.context.store, checkpoint.prefix, resumeFrom);
      this.relay.add({ type: 'message', level: 'info', message: `Going on from the checkpoint at step ${checkpoint.step}` });
    }
    return this.handler.prepare(this.job, folder, resumeFrom, this.context);
  }

  private async runCompute(computation: JobComputation): Promise<ProcessEnd> {
    const { settings, computeEntry } = this.context;
    const compute = new ForkedProcess<MessageToCompute, MessageFromCompute>(computeEntry, {
      heapMegabytes: settings.computeHeapMegabytes,
      onMessage: (message) => {
        this.handling = this.handling.then(() => this.handle(message)).catch((error: unknown) => this.fail(error));
      },
    });
    this.compute = compute;
    compute.send({ type: 'start', computation });
    if (this.stopReason !== undefined) compute.send({ type: 'stop', reason: this.stopReason });
    void this.watchForCancellation();
    const end = await compute.ended;
    clearTimeout(this.killTimer);
    await this.handling;
    return end;
  }

  private async watchForCancellation(): Promise<void> {
    const { jobs, bus } = this.context;
    while (!this.over.signal.aborted && this.stopReason !== 'cancel') {
      const changed = bus.next(this.job.id, CANCEL_POLL_MS, this.over.signal);
      const job = await jobs.find(this.job.id).catch(() => undefined);
      if (job !== undefined && job.cancelRequestedAt !== null) this.stop('cancel');
      await changed;
    }
  }

  /** An error on this side ends the computation; `settle` decides what becomes of the job. */
  private fail(error: unknown): void {
    this.fault ??= error;
    this.compute?.kill();
  }

  private async handle(message: MessageFromCompute): Promise<void> {
    switch (message.type) {
      case 'event':
        return this.relay.add({ type: 'message', level: message.level, message: message.message, data: message.data, at: new Date(message.at) });
      case 'metrics':
        return this.relay.add({ type: 'metrics', level: 'info', message: '', step: message.step, data: message.values, at: new Date(message.at) });
      case 'progress':
        return this.relay.progress(message.progress);
      case 'picture':
        return this.storePicture(message);
      case 'checkpoint':
        return this.storeCheckpoint(message.step, message.folder);
      case 'finished':
      case 'stopped':
      case 'failed':
        this.last = message;
    }
  }

  /** Stores the file, then tells where it is. */
  private async storePicture({ at, step, name, png }: Extract<MessageFromCompute, { type: 'picture' }>): Promise<void> {
    const file = pictureFile(name, step);
    await this.context.store.put(pictureKey(this.job.id, file), png);
    const picture = { step, name, href: pictureHref(this.job.id, file) };
    this.relay.add({ type: 'message', level: 'info', message: `Picture of ${name} after step ${step}`, step, data: { picture }, at: new Date(at) });
  }

  /** Stores the files, then the record, then removes the checkpoint before: at any time one is whole. */
  private async storeCheckpoint(step: number, folder: string): Promise<void> {
    const { store, jobs } = this.context;
    const prefix = `jobs/${this.job.id}/checkpoints/${this.job.attempt}-${step}-${randomUUID().slice(0, 8)}/`;
    await putFolder(store, folder, prefix);
    await this.relay.flush();
    const isRecorded = await jobs.recordCheckpoint(this.job.id, this.job.attempt, { step, prefix, at: new Date().toISOString() });
    if (!isRecorded) {
      await store.deletePrefix(prefix);
      throw new Redeliver('another worker has taken over');
    }
    const before = this.storedCheckpoint;
    this.storedCheckpoint = prefix;
    if (before !== undefined) await store.deletePrefix(before);
    this.compute?.send({ type: 'checkpoint-stored', step });
  }

  private async settle(end: ProcessEnd): Promise<void> {
    if (this.stopReason === 'cancel') return this.finish('cancelled', 'Cancelled');
    if (this.fault !== undefined) return this.settleFault(this.fault);
    switch (this.last?.type) {
      case 'finished':
        return this.complete(this.last.result);
      case 'failed':
        return this.finish('failed', `Failed: ${this.last.detail}`, { error: { code: this.last.code, detail: this.last.detail } });
      case 'stopped':
      case undefined:
        if (this.stopReason === 'shutdown') return this.requeue('stopped', 'Its worker is shutting down');
        return this.settleCrash(end);
    }
  }

  private async complete(result: ComputationResult): Promise<void> {
    if (result.kind === 'diverged') {
      return this.finish('diverged', result.detail, { error: { code: 'diverged', detail: result.detail } });
    }
    const { result: record, within, undo } = await this.handler.complete(this.job, result, this.context);
    try {
      const change = { from: ['running'] as const, to: 'succeeded' as const, reason: 'Succeeded', attempt: this.job.attempt, changes: { result: record } };
      const job = await this.context.jobs.transition(this.job.id, within === undefined ? change : { ...change, within });
      if (job === undefined) throw new Redeliver('another worker has taken over');
    } catch (error) {
      if (!(error instanceof Redeliver)) await undo().catch(() => undefined);
      throw error;
    }
  }

  /** Errors with a code come from the request or the storage and would come again; any other counts as a crash. */
  private async settleFault(fault: unknown): Promise<void> {
    if (fault instanceof Redeliver) throw fault;
    if (this.stopReason === 'cancel') return this.finish('cancelled', 'Cancelled');
    const error = asStorageError(fault, 'the files of the job');
    if (error instanceof RampartError) {
      return this.finish('failed', `Failed: ${error.message}`, { error: { code: error.code, detail: error.message } });
    }
    return this.settleCrash({ cause: `an error of the worker: ${error instanceof Error ? error.message : String(error)}`, lastLines: '' });
  }

  private async settleCrash(end: ProcessEnd): Promise<void> {
    const starts = (await this.context.jobs.failedStarts(this.job.id)) + 1;
    if (starts < this.context.settings.jobStarts) return this.requeue('crashed', `The compute process ended with ${end.cause}; trying again`);
    const { code, message } = COMPUTE_CRASHED(end.cause, starts, end.lastLines);
    return this.finish('failed', message, { error: { code, detail: message } });
  }

  /** The last checkpoint stays: a diverged job promises it, and a failed one may be looked into. */
  private async finish(to: 'failed' | 'cancelled' | 'diverged', reason: string, changes: { error?: JobErrorRecord } = {}): Promise<void> {
    await this.relay.flush().catch(() => undefined);
    const job = await this.context.jobs.transition(this.job.id, { from: ['running'], to, reason, attempt: this.job.attempt, changes });
    if (job === undefined) throw new Redeliver('another worker has taken over');
  }

  private async requeue(cause: RequeueCause, reason: string): Promise<never> {
    await this.context.jobs.transition(this.job.id, { from: ['running'], to: 'queued', reason, cause, attempt: this.job.attempt });
    throw new Redeliver(reason);
  }
}

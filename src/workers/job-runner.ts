import { COMPUTE_CRASHED } from '../errors/jobs.errors.js';
import type { JobEntity } from '../persistence/entities/job.entity.js';
import type { WorkerJob } from '../persistence/entities/worker.entity.js';
import { JOB_KINDS } from '../persistence/entities/job.entity.js';
import { isFinal } from '../persistence/job-state.js';
import type { JobDelivery, JobQueue } from '../queue/job-queue.js';
import { computeEntry } from './engine-in-use.js';
import { JOB_HANDLERS } from './handlers/index.js';
import { JobRun, Redeliver, type RunContext } from './job-run.js';
import { Workspace } from './workspace.js';

export interface JobRunnerOptions extends Omit<RunContext, 'workspace' | 'computeEntry'> {
  readonly queue: JobQueue;
  /** Module that compute processes run; by default the compiled one beside this file. */
  readonly computeEntry?: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Called when a job has come or gone. */
  readonly onJobsChanged?: () => void;
}

/** Takes jobs from the queue and runs each in a compute process of its own. */
export class JobRunner {
  private readonly runs = new Map<string, JobRun>();
  private readonly inHand = new Set<Promise<void>>();
  private workspace: Workspace | undefined;
  private isStopping = false;

  constructor(private readonly options: JobRunnerOptions) {
    for (const kind of JOB_KINDS) if (!(kind in JOB_HANDLERS)) throw new Error(`internal: jobs of kind ${kind} have no handler`);
  }

  /** The jobs in hand. */
  get jobs(): readonly WorkerJob[] {
    return [...this.runs.values()].map(({ job: { id, kind, name } }) => ({ id, kind, name }));
  }

  /** Begins to take jobs; the queue must have been started. @throws data-folder-in-use */
  async start(): Promise<void> {
    const { settings, store, queue } = this.options;
    this.workspace = await Workspace.open(settings.dataFolder, store);
    await queue.work(settings.workerSlots, (delivery) => {
      const handled = this.handle(delivery);
      this.inHand.add(handled);
      return handled.finally(() => this.inHand.delete(handled));
    });
  }

  /** Sends the jobs in hand back to the queue, from where they go on later; call before stopping the queue. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const run of this.runs.values()) run.stop('shutdown');
    await Promise.allSettled([...this.inHand]);
    this.workspace?.close();
  }

  private async handle(delivery: JobDelivery): Promise<void> {
    if (this.isStopping) throw new Redeliver('the worker is shutting down');
    try {
      const job = await this.claim(delivery.jobId);
      if (job !== undefined) await this.runJob(job, delivery.signal);
    } catch (error) {
      if (!(error instanceof Redeliver)) this.options.log('error', `Job ${delivery.jobId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      throw error;
    }
  }

  /** Makes the job `running`; undefined when there is nothing left to do. */
  private async claim(jobId: string): Promise<JobEntity | undefined> {
    const { jobs, settings } = this.options;
    const known = await jobs.find(jobId);
    if (known === undefined || isFinal(known.state)) return undefined;
    if (known.state === 'running') {
      const lost = { from: ['running'] as const, reason: 'Its worker was lost', attempt: known.attempt };
      if (known.cancelRequestedAt !== null) return void (await jobs.transition(jobId, { ...lost, to: 'cancelled' }));
      await jobs.transition(jobId, { ...lost, to: 'queued', cause: 'lost' });
      const starts = await jobs.failedStarts(jobId);
      if (starts >= settings.jobStarts) {
        const { code, message } = COMPUTE_CRASHED('the loss of its worker', starts, '');
        return void (await jobs.transition(jobId, { from: ['queued'], to: 'failed', reason: message, changes: { error: { code, detail: message } } }));
      }
    }
    return jobs.transition(jobId, { from: ['queued'], to: 'running', reason: known.attempt === 0 ? 'Started' : 'Started again' });
  }

  private async runJob(job: JobEntity, lease: AbortSignal): Promise<void> {
    if (this.workspace === undefined) throw new Error('internal: the runner was not started');
    const { log, onJobsChanged } = this.options;
    const run = new JobRun(job, JOB_HANDLERS[job.kind], { ...this.options, workspace: this.workspace, computeEntry: this.options.computeEntry ?? computeEntry() });
    const onLeaseLost = (): void => run.stop('shutdown');
    lease.addEventListener('abort', onLeaseLost);
    this.runs.set(job.id, run);
    onJobsChanged?.();
    if (this.isStopping || lease.aborted) run.stop('shutdown');
    log('info', `Job ${job.id} (${job.kind} "${job.name}") started, attempt ${job.attempt}`);
    try {
      await run.run();
    } finally {
      lease.removeEventListener('abort', onLeaseLost);
      this.runs.delete(job.id);
      onJobsChanged?.();
      log('info', `Job ${job.id} left the worker`);
    }
  }
}

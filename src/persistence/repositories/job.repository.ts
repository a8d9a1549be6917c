import type { DataSource, EntityManager } from 'typeorm';
import { JOB_NOT_CANCELLABLE } from '../../errors/jobs.errors.js';
import { DATASET_NOT_FOUND, JOB_NOT_FOUND, NAME_TAKEN } from '../../errors/persistence.errors.js';
import type { JobQueue } from '../../queue/job-queue.js';
import { JobEntity, type JobCheckpointRecord, type JobErrorRecord, type JobKind, type JobProgressRecord, type JobState } from '../entities/job.entity.js';
import { isFinal, mayFollow, type RequeueCause } from '../job-state.js';
import type { JobEventBus } from '../job-event-bus.js';
import { pageNewestFirst, type Page, type PageRequest } from '../paging.js';
import { inTransaction, transactionQuery } from '../transaction.js';
import { isUuid, violatedUnique } from '../violations.js';
import { appendEvents } from './job-event.repository.js';

export interface NewJob {
  readonly kind: JobKind;
  readonly name: string;
  /** The validated request, defaults and seed filled in. */
  readonly request: Record<string, unknown>;
  readonly datasetId: string;
}

export interface Transition {
  /** States from which it may happen; in any other one nothing is changed. */
  readonly from: readonly JobState[];
  readonly to: JobState;
  readonly reason: string;
  readonly cause?: RequeueCause;
  /** Only when the job's current start is this one: a worker that has lost its lease changes nothing. */
  readonly attempt?: number;
  readonly changes?: {
    readonly result?: Record<string, unknown>;
    readonly error?: JobErrorRecord;
    readonly progress?: JobProgressRecord;
  };
  /** Runs in the same transaction after the change, e.g. to insert the model; its failure undoes the transition. */
  readonly within?: (manager: EntityManager, job: JobEntity) => Promise<void>;
}

/** Rows of `jobs` and the transitions of their states. */
export class JobRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: JobEventBus,
    private readonly queue: Pick<JobQueue, 'send'>,
  ) {}

  /**
   * Stores a job as queued and hands it to the queue, both or neither.
   * @throws dataset-not-found; name-taken when a training job's name is that of a model or of another live training job
   */
  async create(input: NewJob): Promise<JobEntity> {
    try {
      return await inTransaction(this.dataSource, async (manager) => {
        // The share lock holds off a deletion of the data set until the job is visible to it.
        const found: unknown[] = isUuid(input.datasetId) ? await manager.query('SELECT 1 FROM "datasets" WHERE "id" = $1 FOR SHARE', [input.datasetId]) : [];
        if (found.length === 0) throw DATASET_NOT_FOUND(input.datasetId);
        const job = await manager.save(manager.create(JobEntity, { ...input, state: 'queued' }));
        // After the insert: a job of the same name that ended meanwhile has its model committed by now.
        const models: unknown[] = input.kind === 'training' ? await manager.query('SELECT 1 FROM "models" WHERE "name" = $1', [input.name]) : [];
        if (models.length > 0) throw NAME_TAKEN('model', input.name);
        await appendEvents(manager, job.id, [
          { type: 'transition', level: 'info', message: 'Job accepted', data: { from: null, to: 'queued', reason: 'accepted' } },
        ]);
        await this.queue.send({ jobId: job.id }, transactionQuery(manager));
        return manager.findOneByOrFail(JobEntity, { id: job.id });
      });
    } catch (error) {
      if (violatedUnique(error) === 'jobs_live_training_name') throw NAME_TAKEN('live training job', input.name);
      throw error;
    }
  }

  async find(id: string): Promise<JobEntity | undefined> {
    if (!isUuid(id)) return undefined;
    return (await this.dataSource.getRepository(JobEntity).findOneBy({ id })) ?? undefined;
  }

  /** @throws job-not-found, also when the job is of another kind than `kind` */
  async get(id: string, kind?: JobKind): Promise<JobEntity> {
    const job = await this.find(id);
    if (job === undefined || (kind !== undefined && job.kind !== kind)) throw JOB_NOT_FOUND(id);
    return job;
  }

  /** @throws invalid-cursor */
  list(page: PageRequest, filter: { readonly kind?: JobKind; readonly state?: JobState } = {}): Promise<Page<JobEntity>> {
    const query = this.dataSource.getRepository(JobEntity).createQueryBuilder('job').where(filter);
    return pageNewestFirst(query, page);
  }

  /**
   * Compare-and-set of the state, with its event, in one transaction.
   * @returns the job after it; undefined when it was in none of the `from` states or in another attempt
   */
  async transition(id: string, change: Transition): Promise<JobEntity | undefined> {
    const job = await inTransaction(this.dataSource, (manager) => this.transitionIn(manager, id, change));
    if (job !== undefined) this.bus.changed(id);
    return job;
  }

  private async transitionIn(manager: EntityManager, id: string, change: Transition): Promise<JobEntity | undefined> {
    const job = await manager.findOne(JobEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (job === null || !change.from.includes(job.state)) return undefined;
    if (change.attempt !== undefined && change.attempt !== job.attempt) return undefined;
    if (!mayFollow(job.state, change.to)) throw new Error(`internal: a job does not go from ${job.state} to ${change.to}`);
    const from = job.state;
    Object.assign(job, change.changes, { state: change.to });
    const now = new Date();
    if (change.to === 'running') Object.assign(job, { attempt: job.attempt + 1, startedAt: job.startedAt ?? now });
    if (isFinal(change.to)) job.finishedAt = now;
    await manager.save(job);
    const level = change.to === 'failed' || change.to === 'diverged' ? 'error' : change.cause === undefined || change.cause === 'stopped' ? 'info' : 'warn';
    const data = { from, to: change.to, reason: change.reason, ...(change.cause === undefined ? {} : { cause: change.cause }), attempt: job.attempt };
    await appendEvents(manager, id, [{ type: 'transition', level, message: change.reason, data, at: now }]);
    await change.within?.(manager, job);
    return job;
  }

  /** Stores where attempt `attempt` stands; a later attempt is left alone. */
  async updateProgress(id: string, attempt: number, progress: JobProgressRecord): Promise<void> {
    await this.dataSource.query(`UPDATE "jobs" SET "progress" = $3 WHERE "id" = $1 AND "attempt" = $2 AND "state" = 'running'`, [id, attempt, JSON.stringify(progress)]);
    this.bus.changed(id);
  }

  /** Records a checkpoint of attempt `attempt`, with its event. @returns false when another attempt has taken over. */
  async recordCheckpoint(id: string, attempt: number, checkpoint: JobCheckpointRecord): Promise<boolean> {
    const isRecorded = await inTransaction(this.dataSource, async (manager) => {
      const { affected } = await manager.update(JobEntity, { id, attempt, state: 'running' }, { checkpoint: { ...checkpoint } });
      if (affected !== 1) return false;
      const message = `Checkpoint at step ${checkpoint.step}`;
      await appendEvents(manager, id, [{ type: 'checkpoint', level: 'info', step: checkpoint.step, message, data: { step: checkpoint.step } }]);
      return true;
    });
    if (isRecorded) this.bus.changed(id);
    return isRecorded;
  }

  /** Starts that crashed or were lost since the last checkpoint (or since the beginning). */
  async failedStarts(id: string): Promise<number> {
    const [row]: { count: number }[] = await this.dataSource.query(
      `SELECT count(*)::int AS count FROM "job_events" WHERE "jobId" = $1 AND "type" = 'transition' AND "data"->>'cause' IN ('crashed', 'lost')
         AND "sequence" > (SELECT coalesce(max("sequence"), 0) FROM "job_events" WHERE "jobId" = $1 AND "type" = 'checkpoint')`,
      [id],
    );
    return row!.count;
  }

  /**
   * Cancels a queued job at once; asks the worker of a running one to stop. Asking again changes nothing.
   * @throws job-not-found; job-not-cancellable when it has already ended
   */
  async requestCancel(id: string): Promise<JobEntity> {
    const known = await this.get(id);
    const cancelled = await this.transition(id, { from: ['queued'], to: 'cancelled', reason: 'Cancelled before it started' });
    if (cancelled !== undefined) return cancelled;
    const asked = await inTransaction(this.dataSource, async (manager) => {
      const job = await manager.findOne(JobEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (job?.state !== 'running') throw JOB_NOT_CANCELLABLE(id, job?.state ?? known.state);
      if (job.cancelRequestedAt !== null) return job;
      job.cancelRequestedAt = new Date();
      await appendEvents(manager, id, [{ type: 'message', level: 'info', message: 'Cancellation requested' }]);
      return manager.save(job);
    });
    this.bus.changed(id);
    return asked;
  }
}

import type { DataSource, EntityManager } from 'typeorm';
import { JobEventEntity, type JobEventType } from '../entities/job-event.entity.js';
import { JobEntity } from '../entities/job.entity.js';
import { isFinal } from '../job-state.js';
import type { JobEventBus } from '../job-event-bus.js';
import { inTransaction } from '../transaction.js';

export interface NewJobEvent {
  readonly type: JobEventType;
  readonly level: JobEventEntity['level'];
  readonly message: string;
  readonly step?: number;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Default: now. */
  readonly at?: Date;
}

/** The values of one metric, in the order in which they were recorded. */
export interface MetricSeries {
  readonly name: string;
  readonly points: { readonly step: number; readonly value: number; readonly at: string }[];
}

/** How often a stream looks for changes that another process made. */
const POLL_MS = 1_000;
const STREAM_PAGE = 500;

/**
 * Appends within the caller's transaction. The job's row is locked first, so that sequences are gapless and in commit order.
 */
export async function appendEvents(manager: EntityManager, jobId: string, events: readonly NewJobEvent[]): Promise<JobEventEntity[]> {
  await manager.query('SELECT 1 FROM "jobs" WHERE "id" = $1 FOR UPDATE', [jobId]);
  const [row]: { last: number }[] = await manager.query('SELECT coalesce(max("sequence"), 0)::int AS last FROM "job_events" WHERE "jobId" = $1', [jobId]);
  const rows = events.map((event, index) =>
    manager.create(JobEventEntity, {
      jobId,
      sequence: row!.last + 1 + index,
      at: event.at ?? new Date(),
      level: event.level,
      type: event.type,
      step: event.step ?? null,
      message: event.message,
      data: { ...event.data },
    }),
  );
  await manager.insert(JobEventEntity, rows as never[]);
  return rows;
}

/** The append-only logs of jobs. */
export class JobEventRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: JobEventBus,
  ) {}

  /** Appends events of one job in one transaction and wakes its streams. */
  async append(jobId: string, events: readonly NewJobEvent[]): Promise<JobEventEntity[]> {
    if (events.length === 0) return [];
    const rows = await inTransaction(this.dataSource, (manager) => appendEvents(manager, jobId, events));
    this.bus.changed(jobId);
    return rows;
  }

  /** Events with a sequence above `after`, oldest first. */
  list(jobId: string, options: { readonly after?: number; readonly limit: number; readonly types?: readonly JobEventType[] }): Promise<JobEventEntity[]> {
    const query = this.dataSource
      .getRepository(JobEventEntity)
      .createQueryBuilder('event')
      .where('event.jobId = :jobId AND event.sequence > :after', { jobId, after: options.after ?? 0 });
    if (options.types !== undefined) query.andWhere('event.type IN (:...types)', { types: options.types });
    return query.orderBy('event.sequence', 'ASC').limit(options.limit).getMany();
  }

  /** Every metric of the job, in order of first appearance; a step repeated after a resume keeps its last value. */
  async metricSeries(jobId: string): Promise<MetricSeries[]> {
    const rows: { step: number | null; at: Date; data: Record<string, number | null> }[] = await this.dataSource.query(
      `SELECT "step", "at", "data" FROM "job_events" WHERE "jobId" = $1 AND "type" = 'metrics' ORDER BY "sequence"`,
      [jobId],
    );
    const series = new Map<string, Map<number, MetricSeries['points'][number]>>();
    for (const { step, at, data } of rows) {
      for (const [name, value] of Object.entries(data)) {
        if (value === null) continue; // JSON has no NaN: a metric that was not a number has no point
        if (!series.has(name)) series.set(name, new Map());
        series.get(name)!.set(step ?? 0, { step: step ?? 0, value, at: at.toISOString() });
      }
    }
    return [...series].map(([name, points]) => ({ name, points: [...points.values()].sort((a, b) => a.step - b.step) }));
  }

  /**
   * The events after `after`, then those to come, as they are committed; ends with the transition into a final state,
   * or when `signal` aborts.
   */
  async *follow(jobId: string, after: number, signal: AbortSignal): AsyncGenerator<JobEventEntity> {
    let last = after;
    while (!signal.aborted) {
      // Subscribed before the look, so that a change in between is not missed.
      const stopWaiting = new AbortController();
      const changed = this.bus.next(jobId, POLL_MS, AbortSignal.any([signal, stopWaiting.signal]));
      const isOver = await this.isOver(jobId);
      const page = await this.list(jobId, { after: last, limit: STREAM_PAGE });
      for (const event of page) {
        if (signal.aborted) break;
        yield event;
        last = event.sequence;
      }
      if (page.length === 0 && isOver) return stopWaiting.abort();
      if (page.length === 0) await changed;
      else stopWaiting.abort();
    }
  }

  private async isOver(jobId: string): Promise<boolean> {
    const job = await this.dataSource.getRepository(JobEntity).findOne({ where: { id: jobId }, select: { id: true, state: true } });
    return job === null || isFinal(job.state);
  }
}

import { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import type { JobEntity, JobKind, JobProgressRecord } from '../../persistence/entities/job.entity.js';
import { JobEventBus } from '../../persistence/job-event-bus.js';
import { isFinal } from '../../persistence/job-state.js';
import { JobEventRepository } from '../../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { SETTINGS } from '../platform/tokens.js';
import { jobEventViewOf, type JobEventPage, type JobEventQuery } from './job.schema.js';
import { mergeProgress } from './merge-progress.js';
import { eventStreamText } from './server-sent-events.js';

/** The log of a job as pages and as a live stream; the same for every kind of job. */
@Injectable()
export class JobEventsService implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly jobs: JobRepository,
    private readonly events: JobEventRepository,
    private readonly bus: JobEventBus,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Ends every stream, so that the server can close; clients come back to the next one. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** @throws job-not-found */
  async page(id: string, kind: JobKind, { after, limit }: JobEventQuery): Promise<JobEventPage> {
    await this.jobs.get(id, kind);
    const most = Math.min(limit, this.settings.pageLimit);
    const rows = await this.events.list(id, { after, limit: most + 1 });
    const items = rows.slice(0, most).map(jobEventViewOf);
    const last = items.at(-1);
    return { items, ...(rows.length > most && last !== undefined && { nextAfter: last.sequence }) };
  }

  /**
   * Sends the events after Last-Event-ID, then those to come, and ends after the one that ends the job. Progress goes in
   * between without an id, since it is not part of the log. A client that comes back after the end gets 204, which tells an
   * EventSource to stop asking.
   * @throws job-not-found, invalid-request
   */
  async stream(id: string, kind: JobKind, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = await this.jobs.get(id, kind);
    const after = readLastEventId(request);
    if (isFinal(job.state) && after > 0 && (await this.events.list(id, { after, limit: 1 })).length === 0) {
      await reply.status(204).send();
      return;
    }
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    const stream = Readable.from(this.streamText(job, after, AbortSignal.any([gone.signal, this.stopping.signal])), { objectMode: false });
    await reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-cache, no-transform').header('x-accel-buffering', 'no').send(stream);
  }

  private streamText(job: JobEntity, after: number, signal: AbortSignal): AsyncGenerator<string> {
    const progress = async (): Promise<JobProgressRecord | null> => (await this.jobs.find(job.id))?.progress ?? null;
    const events = mergeProgress(this.events.follow(job.id, after, signal), progress, (listener) => this.bus.subscribe(job.id, listener));
    return eventStreamText(events, this.settings.sseHeartbeatSeconds * 1000);
  }
}

function readLastEventId({ headers }: FastifyRequest): number {
  const text = headers['last-event-id'] ?? '0';
  if (typeof text === 'string' && /^\d{1,9}$/.test(text)) return Number(text);
  throw INVALID_REQUEST('header', [{ pointer: '/Last-Event-ID', detail: 'the id of an event of this stream, a whole number' }]);
}

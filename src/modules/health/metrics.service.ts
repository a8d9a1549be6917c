import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../../persistence/data-source.js';
import { JOB_KINDS, JOB_STATES } from '../../persistence/entities/job.entity.js';
import { DATABASE } from '../platform/tokens.js';

/** Bucket bounds in seconds that OpenTelemetry advises for http.server.request.duration. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

@Injectable()
export class MetricsService {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [this.registry],
  });
  private readonly jobs = new Gauge({
    name: 'rampart_jobs',
    help: 'Jobs by kind and state',
    labelNames: ['kind', 'state'],
    registers: [this.registry],
    collect: () => this.countJobs(),
  });

  constructor(@Inject(DATABASE) private readonly database: Database) {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The label is the pattern of the route, never the path, so that ids do not become series. */
  observe({ method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    this.requests.observe({ method, route: routeOptions.url ?? 'unknown', status: reply.statusCode }, reply.elapsedTime / 1000);
  }

  scrape(): Promise<string> {
    return this.registry.metrics();
  }

  private async countJobs(): Promise<void> {
    const rows: { kind: string; state: string; count: number }[] = await this.database.dataSource.query(
      'SELECT "kind", "state", count(*)::int AS count FROM "jobs" GROUP BY "kind", "state"',
    );
    for (const kind of JOB_KINDS) for (const state of JOB_STATES) this.jobs.set({ kind, state }, 0);
    for (const { kind, state, count } of rows) this.jobs.set({ kind, state }, count);
  }
}

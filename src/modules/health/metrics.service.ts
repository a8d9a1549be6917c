import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../../persistence/data-source.js';
import { JOB_KINDS, JOB_STATES } from '../../persistence/entities/job.entity.js';
import type { BatchTotals } from '../../serving/micro-batcher.js';
import { ModelCache, type ModelCacheCounters } from '../../serving/model-cache.js';
import { BATCH_TOTALS, DATABASE } from '../platform/tokens.js';

/** Bucket bounds in seconds that OpenTelemetry advises for http.server.request.duration. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const BATCH_METRICS = {
  requests: 'Prediction requests',
  rows: 'Examples predicted; divided by executions this is the mean batch size',
  executions: 'Executions of a model for predictions',
  failures: 'Predictions that failed while they were computed',
  cancellations: 'Predictions given up by their caller',
} as const satisfies Record<keyof BatchTotals, string>;

const CACHE_METRICS = {
  models: 'Models held ready',
  bytes: 'Stored bytes of the models held ready',
  hits: 'Requests whose model was ready',
  misses: 'Requests whose model had to be loaded',
  evictions: 'Models evicted for others',
} as const satisfies Record<keyof ModelCacheCounters, string>;

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

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BATCH_TOTALS) totals: BatchTotals,
    cache: ModelCache,
  ) {
    collectDefaultMetrics({ register: this.registry });
    for (const [name, help] of Object.entries(BATCH_METRICS) as [keyof BatchTotals, string][]) {
      this.countFrom(`rampart_prediction_${name}_total`, help, () => totals[name]);
    }
    for (const name of ['hits', 'misses', 'evictions'] as const) {
      this.countFrom(`rampart_model_cache_${name}_total`, CACHE_METRICS[name], () => cache.counters()[name]);
    }
    for (const name of ['models', 'bytes'] as const) {
      new Gauge({
        name: `rampart_model_cache_${name}`, help: CACHE_METRICS[name], registers: [this.registry],
        collect() { this.set(cache.counters()[name]); },
      });
    }
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

  /** A counter whose value lives elsewhere. */
  private countFrom(name: string, help: string, read: () => number): void {
    new Counter({
      name, help, registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  private async countJobs(): Promise<void> {
    const rows: { kind: string; state: string; count: number }[] = await this.database.dataSource.query(
      'SELECT "kind", "state", count(*)::int AS count FROM "jobs" GROUP BY "kind", "state"',
    );
    for (const kind of JOB_KINDS) for (const state of JOB_STATES) this.jobs.set({ kind, state }, 0);
    for (const { kind, state, count } of rows) this.jobs.set({ kind, state }, count);
  }
}

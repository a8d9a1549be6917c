import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { METRICS_MISSING } from '../../errors/inference.errors.js';
import type { Page } from '../../persistence/paging.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { JobEventRepository } from '../../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { expressionLimits } from '../../serving/expressions/expression-limits.js';
import { ExpressionUses } from '../expression-uses/expression-uses.service.js';
import { mapPage, toPageRequest } from '../http/paging.schema.js';
import { SETTINGS } from '../platform/tokens.js';
import { chooseSeries, metricsCsv } from './metrics-document.js';
import { trainingJobViewOf, type JobListQuery, type MetricsView, type TrainingJobRequest, type TrainingJobView } from './training-job.schema.js';

const KIND = 'training';
/** Events read at once when the checkpoints of a job are listed. */
const CHECKPOINT_LIMIT = 1000;

@Injectable()
export class TrainingJobsService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly events: JobEventRepository,
    private readonly datasets: DatasetRepository,
    private readonly expressions: ExpressionUses,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Checks that network, method, loss and data set fit, then queues the job.
   * @throws dataset-not-found, name-taken, and the errors of `ExpressionUses` and `checkTraining`
   */
  async create(given: TrainingJobRequest): Promise<TrainingJobView> {
    const dataset = await this.datasets.get(given.dataset);
    const request = { ...given, ...(given.loss && { loss: await this.expressions.resolve(given.loss, '/loss') }) };
    // Loaded by the first request, not by every start: it brings TensorFlow.js along.
    const { checkTraining } = await import('../../training/index.js');
    checkTraining(request, dataset.descriptor, expressionLimits(this.settings));
    const job = await this.jobs.create({ kind: KIND, name: request.name, request: { ...request, datasetName: dataset.name }, datasetId: dataset.id });
    return trainingJobViewOf(job);
  }

  async list({ state, ...page }: JobListQuery): Promise<Page<TrainingJobView>> {
    const filter = { kind: KIND, ...(state !== undefined && { state }) } as const;
    return mapPage(await this.jobs.list(toPageRequest(page, this.settings.pageLimit), filter), trainingJobViewOf);
  }

  /** @throws job-not-found */
  async get(id: string): Promise<TrainingJobView> {
    return trainingJobViewOf(await this.jobs.get(id, KIND));
  }

  /** @throws job-not-found, job-not-cancellable */
  async cancel(id: string): Promise<TrainingJobView> {
    await this.jobs.get(id, KIND);
    return trainingJobViewOf(await this.jobs.requestCancel(id));
  }

  async checkpoints(id: string): Promise<{ step: number; at: string }[]> {
    await this.jobs.get(id, KIND);
    const events = await this.events.list(id, { limit: CHECKPOINT_LIMIT, types: ['checkpoint'] });
    return events.map(({ step, at }) => ({ step: step ?? 0, at: at.toISOString() }));
  }

  async metrics(id: string): Promise<MetricsView> {
    await this.jobs.get(id, KIND);
    return { series: (await this.events.metricSeries(id)).map(({ name, points }) => ({ name, points: [...points] })) };
  }

  async metricsCsv(id: string): Promise<string> {
    return metricsCsv((await this.metrics(id)).series);
  }

  /** @throws job-not-found, metrics-missing */
  async metricsChart(id: string, names: readonly string[] | undefined): Promise<string> {
    const job = await this.jobs.get(id, KIND);
    const series = await this.events.metricSeries(id);
    const chosen = chooseSeries(series, names);
    if (chosen.length === 0) throw METRICS_MISSING(id, series.map(({ name }) => name));
    // The chart library is loaded by the first chart, not by every start.
    const { lineChart } = await import('../../evaluation/charts/index.js');
    return lineChart({
      title: job.name,
      xTitle: 'step',
      yTitle: chosen.length === 1 ? chosen[0]!.name : 'value',
      series: chosen.map(({ name, points }) => ({ name, points: points.map(({ step, value }) => ({ x: step, y: value })) })),
    });
  }
}

import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { METRICS_MISSING } from '../../errors/inference.errors.js';
import { PICTURE_NOT_FOUND } from '../../errors/jobs.errors.js';
import { pictureKey, pictureRecord } from '../../persistence/job-picture.js';
import type { Page } from '../../persistence/paging.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { JobEventRepository } from '../../persistence/repositories/job-event.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { expressionLimits } from '../../serving/expressions/expression-limits.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { chooseTraining, type TrainingChoice } from '../../training/training-request.options.js';
import { ExpressionUses } from '../expression-uses/expression-uses.service.js';
import { mapPage, toPageRequest } from '../http/paging.schema.js';
import { OBJECT_STORE, SETTINGS } from '../platform/tokens.js';
import { chooseSeries, metricsCsv } from './metrics-document.js';
import { trainingJobViewOf, type JobListQuery, type MetricsView, type PictureList, type TrainingJobRequest, type TrainingJobView } from './training-job.schema.js';

const KIND = 'training';
/** Events read at once when the checkpoints of a job are listed. */
const CHECKPOINT_LIMIT = 1000;
const EVENT_PAGE = 500;

@Injectable()
export class TrainingJobsService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly events: JobEventRepository,
    private readonly datasets: DatasetRepository,
    private readonly models: ModelRepository,
    private readonly expressions: ExpressionUses,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Checks that network, method, loss and data set fit, then queues the job.
   * @throws dataset-not-found, name-taken, model-not-found, and the errors of `ExpressionUses`, `checkTraining`,
   * `checkGeneratorTraining` and `checkClassifier`
   */
  async create({ name, dataset: reference, ...given }: TrainingJobRequest): Promise<TrainingJobView> {
    const dataset = await this.datasets.get(reference);
    const request = { ...given, ...(given.loss && { loss: await this.expressions.resolve(given.loss, '/loss') }) };
    const options = await this.checked(request, dataset.descriptor);
    const job = await this.jobs.create({ kind: KIND, name, request: { name, dataset: reference, ...options, datasetName: dataset.name }, datasetId: dataset.id });
    return trainingJobViewOf(job);
  }

  /** The options with every default filled in; a classifier that they name is told by its id. */
  private async checked(request: Omit<TrainingJobRequest, 'name' | 'dataset'>, descriptor: DatasetDescriptor): Promise<TrainingChoice['options']> {
    // Loaded by the first request, not by every start: it brings TensorFlow.js along.
    const { checkClassifier, checkGeneratorTraining, checkTraining } = await import('../../training/index.js');
    const choice = chooseTraining(request);
    if (choice.kind === 'classifier') {
      checkTraining(choice.options, descriptor, expressionLimits(this.settings));
      return choice.options;
    }
    const { options } = choice;
    checkGeneratorTraining(options, descriptor);
    if (options.method.name !== 'dr-vae') return options;
    const { id, manifest } = await this.models.get(options.method.classifier);
    checkClassifier(manifest, options.method.layers, descriptor);
    return { ...options, method: { ...options.method, classifier: id } };
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

  /** Pictures that the job has told of, oldest first. @throws job-not-found */
  async pictures(id: string): Promise<PictureList> {
    await this.jobs.get(id, KIND);
    const items: PictureList['items'] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const events = await this.events.list(id, { after, limit: EVENT_PAGE, types: ['message'] });
      for (const { at, data } of events) {
        const picture = pictureRecord.safeParse(data['picture']);
        if (picture.success) items.push({ ...picture.data, at: at.toISOString() });
      }
      after = events.length === EVENT_PAGE ? events.at(-1)!.sequence : undefined;
    }
    return { items };
  }

  /** @throws job-not-found, picture-not-found */
  async openPicture(id: string, file: string): Promise<{ stream: Readable; bytes: number }> {
    await this.jobs.get(id, KIND);
    const key = pictureKey(id, file);
    const stat = await this.objects.stat(key);
    if (stat === undefined) throw PICTURE_NOT_FOUND(id, file);
    return { stream: await this.objects.get(key), bytes: stat.bytes };
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

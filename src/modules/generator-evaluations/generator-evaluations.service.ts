import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import type { GeneratorEvaluationOptions } from '../../evaluation/generators/generator-evaluation.options.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import type { Page } from '../../persistence/paging.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { mapPage, toPageRequest } from '../http/paging.schema.js';
import { SETTINGS } from '../platform/tokens.js';
import type { JobListQuery } from '../training-jobs/training-job.schema.js';
import { generatorEvaluationViewOf, type GeneratorEvaluationView } from './generator-evaluation.schema.js';

const KIND = 'generator-evaluation';

@Injectable()
export class GeneratorEvaluationsService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly models: ModelRepository,
    private readonly datasets: DatasetRepository,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Checks that models, classifier and data set fit together, then queues the job.
   * @throws model-not-found, dataset-not-found, and the errors of `checkGeneratorEvaluation`
   */
  async create(options: GeneratorEvaluationOptions): Promise<GeneratorEvaluationView> {
    const dataset = await this.datasets.get(options.dataset);
    const models: ModelEntity[] = [];
    for (const reference of options.models) models.push(await this.models.get(reference));
    const classifier = options.classifier === undefined ? undefined : await this.models.get(options.classifier);
    // Loaded by the first request, not by every start: it brings the chart library along.
    const { checkGeneratorEvaluation } = await import('../../evaluation/index.js');
    checkGeneratorEvaluation(models.map(({ manifest }) => manifest), classifier?.manifest, dataset.descriptor, options);
    const request = { ...options, models: models.map(({ id }) => id), dataset: dataset.id, ...(classifier && { classifier: classifier.id }) };
    const name = options.name ?? `Quality of ${models.map((model) => model.name).join(', ')}`;
    return generatorEvaluationViewOf(await this.jobs.create({ kind: KIND, name, request, datasetId: dataset.id }));
  }

  async list({ state, ...page }: JobListQuery): Promise<Page<GeneratorEvaluationView>> {
    const filter = { kind: KIND, ...(state !== undefined && { state }) } as const;
    return mapPage(await this.jobs.list(toPageRequest(page, this.settings.pageLimit), filter), generatorEvaluationViewOf);
  }

  /** @throws job-not-found */
  async get(id: string): Promise<GeneratorEvaluationView> {
    return generatorEvaluationViewOf(await this.jobs.get(id, KIND));
  }

  /** @throws job-not-found, job-not-cancellable */
  async cancel(id: string): Promise<GeneratorEvaluationView> {
    await this.jobs.get(id, KIND);
    return generatorEvaluationViewOf(await this.jobs.requestCancel(id));
  }
}

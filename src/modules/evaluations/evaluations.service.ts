import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import type { EvaluationOptions } from '../../evaluation/evaluation.options.js';
import { REPORT_NOT_READY, REPORT_PART_NOT_FOUND } from '../../errors/inference.errors.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import type { Page } from '../../persistence/paging.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { expressionLimits } from '../../serving/expressions/expression-limits.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { ExpressionUses } from '../expression-uses/expression-uses.service.js';
import { mapPage, toPageRequest } from '../http/paging.schema.js';
import { OBJECT_STORE, SETTINGS } from '../platform/tokens.js';
import type { JobListQuery } from '../training-jobs/training-job.schema.js';
import { evaluationViewOf, reportPrefixOf, type EvaluationView } from './evaluation.schema.js';

const KIND = 'evaluation';

export interface ReportPart {
  readonly stream: Readable;
  readonly bytes: number;
}

@Injectable()
export class EvaluationsService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly models: ModelRepository,
    private readonly datasets: DatasetRepository,
    private readonly expressions: ExpressionUses,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Checks that models and data set fit together, then queues the job.
   * @throws model-not-found, dataset-not-found, and the errors of `ExpressionUses` and `checkEvaluation`
   */
  async create(given: EvaluationOptions): Promise<EvaluationView> {
    const dataset = await this.datasets.get(given.dataset);
    const options = { ...given, attacks: await this.withSources(given.attacks) };
    const models: ModelEntity[] = [];
    for (const reference of options.models) models.push(await this.models.get(reference));
    // Loaded by the first request, not by every start: it brings the chart library along.
    const { checkEvaluation } = await import('../../evaluation/index.js');
    checkEvaluation(models.map(({ manifest }) => manifest), dataset.descriptor, options, expressionLimits(this.settings));
    const request = { ...options, models: models.map(({ id }) => id), dataset: dataset.id };
    const name = options.name ?? `Robustness of ${models.map((model) => model.name).join(', ')}`;
    return evaluationViewOf(await this.jobs.create({ kind: KIND, name, request, datasetId: dataset.id }));
  }

  async list({ state, ...page }: JobListQuery): Promise<Page<EvaluationView>> {
    const filter = { kind: KIND, ...(state !== undefined && { state }) } as const;
    return mapPage(await this.jobs.list(toPageRequest(page, this.settings.pageLimit), filter), evaluationViewOf);
  }

  /** @throws job-not-found */
  async get(id: string): Promise<EvaluationView> {
    return evaluationViewOf(await this.jobs.get(id, KIND));
  }

  /** @throws job-not-found, job-not-cancellable */
  async cancel(id: string): Promise<EvaluationView> {
    await this.jobs.get(id, KIND);
    return evaluationViewOf(await this.jobs.requestCancel(id));
  }

  /** A file of the report. @throws job-not-found, report-not-ready, report-part-not-found */
  async openPart(id: string, file: string): Promise<ReportPart> {
    const job = await this.jobs.get(id, KIND);
    const prefix = reportPrefixOf(job);
    if (prefix === undefined) throw REPORT_NOT_READY(id, job.state);
    const key = prefix + file;
    const stat = await this.objects.stat(key);
    if (stat === undefined) throw REPORT_PART_NOT_FOUND(id, file);
    return { stream: await this.objects.get(key), bytes: stat.bytes };
  }

  private withSources(attacks: EvaluationOptions['attacks']): Promise<EvaluationOptions['attacks']> {
    return Promise.all(attacks.map(async ({ objective, ...attack }, a) =>
      objective === undefined ? attack : { ...attack, objective: await this.expressions.resolve(objective, `/attacks/${a}/objective`) }));
  }
}

import { z } from 'zod';
import { generatorEvaluationOptions } from '../../evaluation/generators/generator-evaluation.options.js';
import type { JobEntity } from '../../persistence/entities/job.entity.js';
import { pageOf } from '../http/paging.schema.js';
import { jobFields, jobFieldsOf } from '../jobs/job.schema.js';

const result = z.object({ summary: z.record(z.string(), z.unknown()).describe('Figures of each model, and the number of warnings') });

export const generatorEvaluationView = z
  .object({
    ...jobFields,
    request: generatorEvaluationOptions.describe('The request with every default, the seed, and ids in place of names'),
    result: result.nullable().describe('Once succeeded; the whole report is at report.json and report.html'),
  })
  .meta({ id: 'GeneratorEvaluation' });

export const generatorEvaluationPage = pageOf(generatorEvaluationView).meta({ id: 'GeneratorEvaluationPage' });

export type GeneratorEvaluationView = z.infer<typeof generatorEvaluationView>;

export function generatorEvaluationViewOf(job: JobEntity): GeneratorEvaluationView {
  return {
    ...jobFieldsOf(job),
    request: generatorEvaluationOptions.parse(job.request),
    result: job.result && result.parse(job.result),
  };
}

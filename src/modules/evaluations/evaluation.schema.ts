import { z } from 'zod';
import { evaluationOptions } from '../../evaluation/evaluation.options.js';
import { VERDICTS } from '../../evaluation/report.schema.js';
import type { JobEntity } from '../../persistence/entities/job.entity.js';
import { pageOf } from '../http/paging.schema.js';
import { jobFields, jobFieldsOf } from '../jobs/job.schema.js';

export const evaluationView = z
  .object({
    ...jobFields,
    request: evaluationOptions.describe('The request with every default, the seed, and ids in place of names'),
    result: z
      .object({ verdict: z.enum(VERDICTS), summary: z.record(z.string(), z.unknown()) })
      .nullable()
      .describe('Once succeeded; the whole report is at report.json and report.html'),
  })
  .meta({ id: 'Evaluation' });

export const evaluationPage = pageOf(evaluationView).meta({ id: 'EvaluationPage' });

export type EvaluationView = z.infer<typeof evaluationView>;

const storedResult = z.object({ verdict: z.enum(VERDICTS), summary: z.record(z.string(), z.unknown()) });

export function evaluationViewOf(job: JobEntity): EvaluationView {
  const result = job.result === null ? null : storedResult.parse(job.result);
  return {
    ...jobFieldsOf(job),
    request: evaluationOptions.parse(job.request),
    result: result && { verdict: result.verdict, summary: result.summary },
  };
}

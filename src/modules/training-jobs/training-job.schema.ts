import { z } from 'zod';
import { datasetName } from '../../datasets/dataset.options.js';
import type { JobEntity } from '../../persistence/entities/job.entity.js';
import { JOB_STATES } from '../../persistence/entities/job.entity.js';
import { checkTrainingRequest, trainingRequestFields } from '../../training/training-request.options.js';
import { pageOf, pageQuery } from '../http/paging.schema.js';
import { reference } from '../http/params.schema.js';
import { checkpointView, jobFields, jobFieldsOf } from '../jobs/job.schema.js';

export const trainingJobRequest = z
  .strictObject({
    name: datasetName.meta({ description: 'Name of the model to come; unique among models and live training jobs', example: 'glyphs-convnet' }),
    dataset: reference.describe('Id or name of the data set'),
    ...trainingRequestFields,
  })
  .superRefine(checkTrainingRequest)
  .meta({ id: 'TrainingJobRequest' });

export const trainingJobView = z
  .object({
    ...jobFields,
    dataset: z.object({ id: z.uuid(), name: z.string() }),
    request: z.record(z.string(), z.unknown()).describe('The request with every default and the seed filled in; sent again, it gives the same model'),
    checkpoint: checkpointView.nullable().describe('The last one'),
    result: z.object({ modelId: z.uuid(), metrics: z.record(z.string(), z.number()) }).nullable().describe('Once succeeded'),
  })
  .meta({ id: 'TrainingJob' });

export const trainingJobPage = pageOf(trainingJobView).meta({ id: 'TrainingJobPage' });

export const jobListQuery = pageQuery.extend({ state: z.enum(JOB_STATES).optional().describe('Only jobs in this state') });

export const checkpointList = z.object({ items: z.array(checkpointView) }).meta({ id: 'CheckpointList' });

export const metricsView = z
  .object({
    series: z.array(z.object({ name: z.string(), points: z.array(z.object({ step: z.int(), value: z.number(), at: z.iso.datetime() })) })),
  })
  .meta({ id: 'TrainingMetrics' });

export const chartQuery = z.object({
  metrics: z
    .string()
    .max(500)
    .optional()
    .transform((text) => text?.split(',').map((name) => name.trim()).filter((name) => name !== ''))
    .describe('Names of the metrics to draw, separated by commas; every loss when left out'),
});

const picture = z.object({
  step: z.int(),
  name: z.string().describe('What it shows, e.g. samples'),
  href: z.string().describe('Address of the PNG'),
  at: z.iso.datetime(),
});

export const pictureList = z.object({ items: z.array(picture) }).meta({ id: 'PictureList' });

/** `<name>-<step>.png` */
export const pictureFile = z.string().regex(/^[a-z]{1,40}-\d{1,9}\.png$/, 'expected the name of a picture, e.g. samples-100.png').describe('File of a picture, as its event names it');

export type PictureList = z.infer<typeof pictureList>;

export type TrainingJobRequest = z.infer<typeof trainingJobRequest>;
export type TrainingJobView = z.infer<typeof trainingJobView>;
export type JobListQuery = z.infer<typeof jobListQuery>;
export type MetricsView = z.infer<typeof metricsView>;
export type ChartQuery = z.infer<typeof chartQuery>;

/** The stored request names the data set by `dataset`, as the client did; the name stays when the data set is gone. */
const storedRequest = z.looseObject({ datasetName: z.string() });

export function trainingJobViewOf(job: JobEntity): TrainingJobView {
  const { datasetName: name, ...request } = storedRequest.parse(job.request);
  return {
    ...jobFieldsOf(job),
    dataset: { id: job.datasetId, name },
    request,
    checkpoint: job.checkpoint === null ? null : { step: job.checkpoint.step, at: job.checkpoint.at },
    result: job.result as TrainingJobView['result'],
  };
}

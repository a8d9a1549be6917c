import { z } from 'zod';
import { SPLITS } from '../../datasets/dataset.js';
import type { DatasetEntity } from '../../persistence/entities/dataset.entity.js';
import { pageOf } from '../http/paging.schema.js';

const splitView = z.object({ count: z.int(), histogram: z.array(z.int()).describe('Examples of each class, in the order of classes') });

export const datasetView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['image', 'tabular']),
    exampleShape: z.array(z.int()).describe('[height, width, channels] or [features]'),
    storage: z.enum(['uint8', 'float32']),
    bounds: z.tuple([z.number(), z.number()]).describe('Range of the values that networks see; attacks stay inside it'),
    classes: z.array(z.string()),
    splits: z.object({ train: splitView.optional(), validation: splitView.optional(), test: splitView.optional() }),
    digest: z.string().describe('SHA-256 over the stored examples and labels'),
    bytes: z.int(),
    source: z.record(z.string(), z.unknown()).describe('How it came, with every option and seed'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Dataset' });

export const datasetPage = pageOf(datasetView).meta({ id: 'DatasetPage' });

export const previewQuery = z.object({
  split: z.enum(SPLITS).optional().describe('train when left out'),
  columns: z.coerce.number().int().min(1).max(100).optional().describe('Examples of each class; 10 pictures or 100 points when left out'),
});

export type DatasetView = z.infer<typeof datasetView>;
export type PreviewQuery = z.infer<typeof previewQuery>;

export function datasetViewOf({ id, name, descriptor, digest, bytes, source, createdAt }: DatasetEntity): DatasetView {
  const { kind, exampleShape, storage, bounds, classes, splits } = descriptor;
  return {
    id, name, kind, storage, digest, bytes, source,
    exampleShape: [...exampleShape],
    bounds: [bounds[0], bounds[1]],
    classes: [...classes],
    splits: Object.fromEntries(Object.entries(splits).map(([split, { count, histogram }]) => [split, { count, histogram: [...histogram] }])),
    createdAt: createdAt.toISOString(),
  };
}

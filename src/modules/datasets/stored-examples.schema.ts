import { z } from 'zod';
import { SPLITS } from '../../datasets/dataset.js';

/** Examples of a stored data set by their indices. */
export const storedExamples = z.strictObject({
  dataset: z.string().min(1).max(128).describe('Id or name of a data set'),
  split: z.enum(SPLITS).default('test'),
  indices: z.array(z.int().nonnegative()).min(1).describe('Examples of the split, from 0; their labels are taken from the data set'),
});

export type StoredExamplesRequest = z.infer<typeof storedExamples>;

import { z } from 'zod';
import { generatorNetworkSchema } from '../../networks/generators/generator.options.js';
import { EXACTLY_ONE_LENGTH, exactlyOneLength, runFields, validationFields, validationOnce } from '../training.options.js';
import { optimiserOptionsSchema } from '../optimisers/optimiser.options.js';
import { generationMethodOptionsSchema } from './generation-method.options.js';

/** The algorithm part of a generator's training job; its losses are the method's own. */
export const generatorTrainingFields = {
  ...runFields,
  network: generatorNetworkSchema.prefault({}),
  method: generationMethodOptionsSchema,
  optimiser: optimiserOptionsSchema.prefault({ name: 'adam', learningRate: 5e-4, beta1: 0.5 })
    .describe('Of each player. Left out: Adam with rate 0.0005 and beta1 0.5.'),
  validation: z.strictObject(validationFields).refine(...validationOnce).optional()
    .describe('Left out: after every epoch where the data set has a validation split. Only for methods with an encoder.'),
  averageDecay: z.number().min(0).lt(1).default(0.999)
    .describe('Decay of the moving average of encoder and decoder, which is what the model keeps; 0 keeps the last values. Smaller in the first steps.'),
  pictures: z.strictObject({
    everySteps: z.int().min(1).max(1_000_000).optional().describe('Left out: ten times in the job.'),
  }).prefault({}).describe('A grid of samples from the same latent vectors, stored and told as an event.'),
} as const;

export const generatorTrainingOptionsSchema = z
  .object(generatorTrainingFields)
  .refine(exactlyOneLength, EXACTLY_ONE_LENGTH)
  .meta({ id: 'GeneratorTrainingOptions' });

export type GeneratorTrainingOptions = z.infer<typeof generatorTrainingOptionsSchema>;

import { z } from 'zod';
import { attackSettings, normSchema } from '../attacks/attack.options.js';
import { SPLITS } from '../datasets/dataset.js';

const id = z.string().min(1).max(128);

const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** What to evaluate, on which examples, under which threat model. */
export const evaluationOptions = z
  .strictObject({
    name: z.string().min(1).max(200).optional().describe('Title of the report'),
    models: z
      .array(id)
      .min(1)
      .max(8)
      .refine(distinct, 'every model may be named once')
      .describe('Ids of 1 to 8 models; all see the same examples under the same threat model'),
    dataset: id.describe('Id of the data set'),
    split: z.enum(SPLITS).default('test'),
    limit: z
      .union([z.literal('all'), z.int().min(1)])
      .default('all')
      .describe('Number of examples, drawn without replacement by the seed, or "all"'),
    norm: normSchema.default('Linf'),
    epsilons: z
      .array(z.number().nonnegative())
      .min(1)
      .max(32)
      .refine(distinct, 'every epsilon may be named once')
      .optional()
      .describe('Radii in input units; 0 is always added. By default 9 radii from 0 to 0.3 of the input range (Linf)'),
    attacks: z
      .array(attackSettings)
      .min(1)
      .max(8)
      .refine((attacks) => distinct(attacks.map((attack) => JSON.stringify(attack))), 'every attack may be named once')
      .default([{ name: 'fgsm' }]),
    batchSize: z.int().min(1).max(1024).default(128),
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Draws the examples and all attack noise'),
    gallerySize: z.int().min(0).max(32).default(8).describe('Examples to show as pictures'),
  })
  .meta({ id: 'EvaluationOptions' });

export type EvaluationOptions = z.infer<typeof evaluationOptions>;
export type EvaluationRequest = z.input<typeof evaluationOptions>;

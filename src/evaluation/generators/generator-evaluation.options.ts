import { z } from 'zod';
import { SPLITS } from '../../datasets/dataset.js';

const id = z.string().min(1).max(128);

const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

export const FEATURE_SPACES = ['penultimate', 'logits'] as const;

/** Fewest rows of each kind: ten parts of the inception score, and more than the most neighbours. */
export const MIN_ROWS = 20;

/** Most examples, and most samples of one model: neighbour searches are quadratic. */
export const MAX_ROWS = 10_000;

/** Which generators to judge, against which data, with whose eyes. */
export const generatorEvaluationOptions = z
  .strictObject({
    name: z.string().min(1).max(200).optional().describe('Title of the report'),
    models: z.array(id).min(1).max(8).refine(distinct, 'every model may be named once')
      .describe('Ids of 1 to 8 generators; all are compared with the same examples'),
    dataset: id.describe('Id of the data set'),
    classifier: id.optional()
      .describe('Id of a registered classifier of the same inputs, trained on real data. Its features take the place of Inception. Left out: what needs one is not computed'),
    features: z.enum(FEATURE_SPACES).optional()
      .describe('penultimate: its last hidden layer, averaged over places; logits. Left out: penultimate for classifiers trained here, else logits'),
    split: z.enum(SPLITS).default('test').describe('Split that the samples are compared with'),
    limit: z.int().min(MIN_ROWS).max(MAX_ROWS).optional()
      .describe('Number of real examples, drawn without replacement by the seed. Left out: 1000, or all where there are fewer'),
    samples: z.int().min(MIN_ROWS).max(MAX_ROWS).default(1000).describe('Number of pictures to draw from each model'),
    steps: z.int().min(1).max(1000).optional().describe('Decodes of the chain for each sample. Left out: 20 for gibbsnet, else 1'),
    temperature: z.number().min(0).max(10).default(1).describe('Factor on all Gaussian noise of the samples'),
    neighbours: z.int().min(1).max(15).default(5).describe('k of precision, recall, density and coverage'),
    similarityPairs: z.int().min(0).max(5000).default(200).describe('Pairs of pictures for MS-SSIM; 0 leaves it out'),
    draws: z.int().min(1).max(1000).default(50).describe('K of the importance-weighted bound'),
    likelihoodExamples: z.int().min(0).max(1000).default(100).describe('Examples for the likelihood bounds; 0 leaves them out'),
    probeLabels: z.int().min(20).max(5000).default(1000).describe('Training examples whose labels the linear probe sees, or all where there are fewer'),
    gallerySize: z.int().min(0).max(64).default(16).describe('Pictures of each kind to show'),
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Draws the examples and all noise'),
  })
  .meta({ id: 'GeneratorEvaluationOptions' });

export type GeneratorEvaluationOptions = z.infer<typeof generatorEvaluationOptions>;
export type GeneratorEvaluationRequest = z.input<typeof generatorEvaluationOptions>;

import { z } from 'zod';
import { GENERATION_METHODS } from '../../bundles/manifest.js';
import { SPLITS } from '../../datasets/dataset.js';
import { count, proportionSchema, sha256, share } from '../report-values.schema.js';
import { FEATURE_SPACES, generatorEvaluationOptions } from './generator-evaluation.options.js';

const nonNegative = z.number().nonnegative();

const modelHeader = z.strictObject({
  id: z.string(),
  name: z.string(),
  digest: sha256.describe('SHA-256 over the names and digests of all parts of the bundle, in the order of the manifest'),
  method: z.enum(GENERATION_METHODS),
  latent: z.int().positive(),
  conditional: z.boolean(),
  parameterCount: count,
  training: z.record(z.string(), z.unknown()).nullable(),
});

const classifierHeader = z.strictObject({
  id: z.string(),
  name: z.string(),
  digest: sha256,
  features: z.enum(FEATURE_SPACES),
  width: z.int().positive().describe('Numbers in one feature vector'),
  accuracy: proportionSchema.describe('On the real examples of this report'),
});

const header = z.strictObject({
  dataset: z.strictObject({
    id: z.string().nullable(),
    name: z.string(),
    digest: z.string(),
    split: z.enum(SPLITS),
    n: z.int().positive(),
    available: z.int().positive().describe('Examples in the split'),
    indicesSha256: sha256.describe('SHA-256 of the ascending example indices, joined by commas'),
    classes: z.array(z.string()).min(1),
  }),
  models: z.array(modelHeader).min(1),
  classifier: classifierHeader.nullable(),
  options: generatorEvaluationOptions,
  software: z.record(z.string(), z.string()).describe('Versions that made this report'),
});

const score = z.strictObject({ mean: nonNegative, deviation: nonNegative });
const featureScores = z.strictObject({
  inceptionScore: score.describe('exp(mean KL(p(y|x) || p(y))) of the classifier, mean and deviation over 10 parts'),
  meanConfidence: share.describe('Mean probability of the most probable class'),
  frechetDistance: nonNegative.describe('Between Gaussians fitted to the features of samples and of real examples'),
});

const reference = z
  .strictObject({
    features: featureScores.nullable(),
    similarity: z.number().nullable().describe('Mean MS-SSIM of pairs of training examples'),
  })
  .describe('The same figures for as many training examples in place of samples: what a perfect model would get');

const samples = z.strictObject({
  n: z.int().positive(),
  steps: z.int().positive(),
  features: featureScores.nullable(),
  manifold: z.strictObject({
    space: z.enum([...FEATURE_SPACES, 'pixels']),
    precision: share, recall: share, density: nonNegative, coverage: share,
  }),
  similarity: z.number().nullable().describe('Mean MS-SSIM of pairs of samples'),
  sharpness: nonNegative.nullable().describe('Mean gradient length over that of real examples'),
  classAgreement: proportionSchema.nullable().describe('Samples that the classifier puts into the class they were drawn for, or that the model drew with them'),
  memorisation: z
    .strictObject({ nearerToTraining: proportionSchema, copying: z.number(), n: z.int().positive().describe('Training examples, and as many held-out ones') })
    .nullable(),
});

const inference = z.strictObject({
  squaredError: nonNegative.describe('Mean over examples and values of (x - Dec(mean(x)))^2'),
  labelAgreement: proportionSchema.nullable().describe('Examples whose reconstruction the classifier puts into the same class as the example'),
  sharpness: nonNegative.nullable().describe('Mean gradient length of reconstructions over that of the examples'),
  posterior: z.strictObject({
    activeUnits: count, kl: nonNegative, largestMean: nonNegative, deviations: z.tuple([nonNegative, nonNegative]),
  }),
  likelihood: z
    .strictObject({ elbo: z.number(), iwae: z.number(), draws: z.int().positive(), n: z.int().positive(), effectiveDraws: nonNegative })
    .nullable()
    .describe('Mean bounds on log p(x) in nats; the negative log-likelihood is at most -iwae on average'),
  probe: z.strictObject({ accuracy: proportionSchema, labels: z.int().positive() }).nullable(),
});

const modelResult = z.strictObject({
  model: z.string(),
  samples,
  inference: inference.nullable().describe('Null for models without an encoder'),
  seconds: nonNegative,
});

const modelGallery = z.strictObject({
  model: z.string(),
  samples: z.string().describe('PNG grid'),
  nearest: z.string().nullable().describe('PNG grid: the nearest training example of each sample, at its place'),
  reconstructions: z.string().nullable().describe('PNG grid: reconstructions of the shown examples, at their places'),
});

const gallery = z.strictObject({ examples: z.string().describe('PNG grid of real examples'), columns: z.int().positive(), models: z.array(modelGallery) });

export const NOTE_CODES = [
  'CLASSIFIER_FEATURES',
  'NO_CLASSIFIER',
  'WEAK_CLASSIFIER',
  'SAME_CLASSIFIER',
  'FEW_ROWS',
  'OTHER_DATA',
  'COLLAPSED',
  'COPIES',
  'NO_ENCODER',
  'IDLE_LATENTS',
  'PRIOR_MISMATCH',
  'LOOSE_LIKELIHOOD',
  'PIXEL_DENSITY',
] as const;
export type NoteCode = (typeof NOTE_CODES)[number];

const note = z.strictObject({
  code: z.enum(NOTE_CODES),
  severity: z.enum(['warning', 'info']),
  model: z.string().nullable(),
  message: z.string(),
  see: z.string().describe('Anchor in the documentation'),
});

/** The quality report of generators. */
export const generatorReportSchema = z
  .strictObject({
    formatVersion: z.literal(1),
    title: z.string().min(1),
    createdAt: z.iso.datetime(),
    header,
    reference,
    results: z.array(modelResult).min(1),
    gallery: gallery.nullable(),
    notes: z.array(note),
    limits: z.array(z.string()).min(1),
    seconds: nonNegative,
  })
  .meta({ id: 'GeneratorReport' });

export type GeneratorReport = z.infer<typeof generatorReportSchema>;
export type GeneratorResult = GeneratorReport['results'][number];
export type GeneratorNote = GeneratorReport['notes'][number];
export type FeatureScores = z.infer<typeof featureScores>;
export type SampleScores = z.infer<typeof samples>;
export type InferenceScores = z.infer<typeof inference>;
export type GeneratorGallery = z.infer<typeof gallery>;

/** The published JSON Schema (draft 2020-12) of `report.json`. */
export function generatorReportJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(generatorReportSchema, { target: 'draft-2020-12' }) };
}

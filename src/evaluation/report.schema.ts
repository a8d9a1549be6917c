import { z } from 'zod';
import { ATTACK_KINDS } from '../attacks/attack.js';
import { attackSettings, normSchema } from '../attacks/attack.options.js';
import { SPLITS } from '../datasets/dataset.js';
import { count, proportionSchema, sha256, share } from './report-values.schema.js';

const seconds = z.number().nonnegative();

/** What the attacker knows, may do and wants. */
const threatModel = z.strictObject({
  norm: normSchema,
  epsilons: z.array(z.number().nonnegative()).min(1).describe('Radii in raw input units, ascending, 0 first'),
  inputBounds: z.tuple([z.number(), z.number()]),
  knowledge: z.enum(['white-box', 'black-box']),
  goal: z.enum(['untargeted', 'targeted']),
  budget: z
    .strictObject({ gradientQueries: count, forwardQueries: count })
    .describe('Calls of the model for each example over the whole grid of radii'),
});

const attackHeader = z.strictObject({
  settings: attackSettings,
  kind: z.enum(ATTACK_KINDS),
  iterations: z.int().positive(),
  restarts: z.int().positive(),
});

const modelHeader = z.strictObject({
  id: z.string(),
  name: z.string(),
  digest: sha256.describe('SHA-256 over the names and digests of all parts of the bundle, in the order of the manifest'),
  parts: z.array(z.strictObject({ file: z.string(), bytes: count, sha256 })),
  inputShape: z.array(z.int().positive()),
  parameterCount: count,
  network: z.record(z.string(), z.unknown()),
  training: z.record(z.string(), z.unknown()).nullable(),
  software: z.record(z.string(), z.string()).describe('Versions that made the model'),
});

const header = z.strictObject({
  threatModel,
  preprocessing: z.string(),
  dataset: z.strictObject({
    id: z.string().nullable(),
    name: z.string(),
    digest: z.string(),
    split: z.enum(SPLITS),
    n: z.int().positive(),
    available: z.int().positive().describe('Examples in the split'),
    selection: z.enum(['all', 'seeded-sample']),
    indicesSha256: sha256.describe('SHA-256 of the ascending example indices, joined by commas'),
    classes: z.array(z.string()).min(1),
  }),
  models: z.array(modelHeader).min(1),
  attacks: z.array(attackHeader).min(1),
  seeds: z.strictObject({ evaluation: count }),
  batchSize: z.int().positive(),
  software: z.record(z.string(), z.string()).describe('Versions that made this report'),
});

const bin = z.strictObject({ low: share, high: share, count, confidence: share.nullable(), accuracy: share.nullable() });

const robustnessPoint = z.strictObject({
  epsilon: z.number().nonnegative(),
  attacks: z
    .array(z.strictObject({ name: z.string(), accuracy: proportionSchema, meanLoss: z.number() }))
    .min(1)
    .describe('Accuracy under each attack at exactly this radius'),
  worstCase: proportionSchema.describe(
    'Mean over examples of the worst case over all attacks and all radii of the grid up to this one: the headline number',
  ),
  dropped: count.describe('Candidates that broke the threat model and were put back to the clean example'),
});

const modelResult = z.strictObject({
  model: z.string(),
  clean: z.strictObject({
    accuracy: proportionSchema,
    nll: z.number().nonnegative().describe('Mean cross-entropy in nats'),
    brier: z.number().min(0).max(2),
    calibration: z.strictObject({ ece: share, bins: z.array(bin) }),
    confusion: z.array(z.array(count)).describe('[true class][predicted class]'),
  }),
  robustness: z.array(robustnessPoint).min(1),
  withoutGradient: count.describe('Examples whose input gradient was zero or not finite'),
  saturated: count.describe('Examples whose clean loss is so small that its float32 gradient is mostly rounding error'),
  examples: z.strictObject({ file: z.string(), sha256 }).describe('CSV with one row for each example'),
  timing: z.strictObject({
    seconds,
    forwardSeconds: seconds,
    attackSeconds: seconds,
    forwardImagesPerSecond: z.number().nonnegative().describe('Clean predictions'),
    attackImagesPerSecond: z.number().nonnegative().describe('Adversarial examples made, checked and predicted again'),
  }),
});

const said = z.strictObject({ label: count, confidence: share });

const gallery = z.strictObject({
  epsilon: z.number().nonnegative(),
  attack: z.string(),
  gain: z.number().positive().describe('Factor on the pictured perturbation'),
  examples: z.array(
    z.strictObject({
      index: count,
      label: count,
      clean: z.string().describe('PNG file of the clean input'),
      models: z.array(
        z.strictObject({ model: z.string(), perturbation: z.string(), adversarial: z.string(), before: said, after: said }),
      ),
    }),
  ),
});

export const FLAG_CODES = [
  'PIPELINE_MISMATCH',
  'ROBUST_ABOVE_CLEAN',
  'ZERO_GRADIENT',
  'SATURATED_LOSS',
  'GRADIENT_MISMATCH',
  'SOFTMAX_LOGITS',
  'NOT_MONOTONE',
  'FEW_EPSILONS',
  'IMPOSSIBLE_ROBUSTNESS',
  'INVALID_PERTURBATIONS',
  'SINGLE_STEP_ONLY',
  'UNTARGETED_ONLY',
  'PRELIMINARY',
] as const;
export type FlagCode = (typeof FLAG_CODES)[number];

const link = z.string().describe('Anchor in the documentation');

const flag = z.strictObject({
  code: z.enum(FLAG_CODES),
  check: z.string().regex(/^C\d+$/).describe('Number of the check in docs/evaluation.md'),
  severity: z.enum(['error', 'warning', 'info']),
  model: z.string().nullable(),
  message: z.string(),
  see: link,
});

export const VERDICTS = ['supported', 'inconclusive', 'overestimated'] as const;

const verdict = z.strictObject({
  value: z.enum(VERDICTS),
  reasons: z.array(z.strictObject({ text: z.string(), model: z.string().nullable(), see: link })).min(1),
});

/** The robustness report. Without its whole header it is not valid. */
export const reportSchema = z
  .strictObject({
    formatVersion: z.literal(1),
    title: z.string().min(1),
    createdAt: z.iso.datetime(),
    header,
    results: z.array(modelResult).min(1),
    gallery: gallery.nullable(),
    flags: z.array(flag),
    verdict,
    limits: z.array(z.string()).min(1),
    seconds,
  })
  .meta({ id: 'RobustnessReport' });

export type Report = z.infer<typeof reportSchema>;
export type ReportFlag = Report['flags'][number];
export type ReportVerdict = Report['verdict'];
export type ModelResult = Report['results'][number];
export type Gallery = NonNullable<Report['gallery']>;

/** The published JSON Schema (draft 2020-12) of `report.json`. */
export function reportJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(reportSchema, { target: 'draft-2020-12' }) };
}

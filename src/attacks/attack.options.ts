import { z } from 'zod';
import { expressionUse } from '../expressions/expression.options.js';

export const NORMS = ['Linf', 'L2'] as const;
export type Norm = (typeof NORMS)[number];

export const normSchema = z
  .enum(NORMS)
  .describe('How the size of a perturbation is measured: Linf = largest change of one feature, L2 = Euclidean length');

/** Largest number of target labels in one request; a batch is never larger. */
const MAX_TARGETS = 65_536;

const label = z.int().nonnegative();

/** What every single attack request states besides the settings of the attack itself. */
const threat = {
  norm: normSchema.default('Linf'),
  epsilon: z
    .number()
    .nonnegative()
    .describe('Radius of the ball around each input, in input units (raw pixels in [0, 1]): from 0 to the input range'),
  targetLabels: z
    .union([label, z.array(label).min(1).max(MAX_TARGETS)])
    .optional()
    .describe('Makes the attack targeted: one class for all examples, or one for each'),
};

/** What an attack that follows gradients climbs, or with target labels descends. */
const objective = expressionUse
  .optional()
  .describe('Left out: the cross-entropy. An expression with the inputs logits float32[n, k] and labels int32[n] or targets float32[n, k]; larger values are worse for the labels.');

/** Fast gradient sign method: one gradient step of length epsilon. It has no hyper-parameters of its own. */
const fgsmSettings = z.strictObject({ name: z.literal('fgsm'), objective });

/** Settings of one attack in an evaluation, where norm and epsilons belong to the evaluation: one row per attack. */
export const attackSettings = z.discriminatedUnion('name', [fgsmSettings]).meta({ id: 'AttackSettings' });

/** One attack request: one row per attack. */
export const attackOptions = z.discriminatedUnion('name', [fgsmSettings.extend(threat)]).meta({ id: 'AttackOptions' });

export type AttackSettings = z.infer<typeof attackSettings>;
export type AttackName = AttackSettings['name'];
export type SettingsOf<N extends AttackName> = Extract<AttackSettings, { name: N }>;
export type AttackOptions = z.infer<typeof attackOptions>;
export type AttackRequest = z.input<typeof attackOptions>;

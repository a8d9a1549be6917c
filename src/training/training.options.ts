import { z } from 'zod';
import { ENGINE_NAMES } from '../compiler/engine.options.js';
import { expressionUse } from '../expressions/expression.options.js';
import { networkOptionsSchema } from '../networks/network.options.js';
import { methodOptionsSchema } from './methods/method.options.js';
import { optimiserOptionsSchema } from './optimisers/optimiser.options.js';
import { scheduleOptionsSchema } from './schedules/schedule.options.js';

export const EARLY_STOP_METRICS = ['validation/loss', 'validation/accuracy'] as const;

/** When to validate. */
export const validationFields = {
  everyEpochs: z.int().min(1).max(1000).optional().describe('Validate after every so many epochs; 1 if everySteps is left out too.'),
  everySteps: z.int().min(1).max(1_000_000).optional(),
} as const;

/** Arguments of `refine`: at most one of `validationFields`. */
export const validationOnce = [
  (value: { everyEpochs?: number | undefined; everySteps?: number | undefined }) => value.everyEpochs === undefined || value.everySteps === undefined,
  { path: ['everySteps'], message: 'give everyEpochs or everySteps, not both' },
] as const satisfies readonly [unknown, { path: string[]; message: string }];

const validationSchema = z
  .object({
    ...validationFields,
    earlyStop: z
      .object({
        metric: z.enum(EARLY_STOP_METRICS).default('validation/loss'),
        patience: z.int().min(1).max(1000).default(5).describe('Validations without improvement after which training stops.'),
      })
      .optional(),
  })
  .refine(...validationOnce)
  .meta({ id: 'ValidationCadence' });

const checkpointSchema = z
  .object({
    everySteps: z.int().min(1).max(1_000_000).optional().describe('Checkpoint after every so many steps, besides everySeconds.'),
    everySeconds: z.number().min(0.1).max(86_400).default(30),
  })
  .meta({ id: 'CheckpointCadence' });

/** What every training takes, whatever it trains. */
export const runFields = {
  schedule: scheduleOptionsSchema.prefault({ name: 'constant' }),
  batchSize: z.int().min(1).max(8192).default(128).describe('Examples in one step; the rest of an epoch that fills no batch is left out.'),
  epochs: z.int().min(1).max(10_000).optional().describe('Passes over the training split. Give epochs or steps.'),
  steps: z.int().min(1).max(10_000_000).optional().describe('Optimiser updates. Give epochs or steps.'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Seed of initial weights, data order and all other draws.'),
  validation: validationSchema.optional().describe('Left out: after every epoch where the data set has a validation split.'),
  checkpoint: checkpointSchema.prefault({}),
  nonFinitePatience: z.int().min(1).max(1000).default(1).describe('Consecutive steps with a loss that is not finite after which the job ends as diverged.'),
  engine: z.enum(ENGINE_NAMES).optional().describe('Left out: the engine of the worker. onnx: compiled, native kernels; tensorflow: eager, where the worker has it; wasm and cpu: eager TensorFlow.js, slow.'),
  threads: z.int().min(0).max(256).default(0).describe('Threads inside one kernel; 0 lets the engine choose.'),
} as const;

/** The algorithm part of a classifier's training job, without the cross-field rules (to be extended by a request). */
export const trainingFields = {
  network: networkOptionsSchema,
  method: methodOptionsSchema.prefault({ name: 'erm' }),
  loss: expressionUse.optional()
    .describe('Left out: the mean cross-entropy. An expression with the inputs logits float32[n, k] and labels int32[n] or targets float32[n, k]; its result is minimised.'),
  optimiser: optimiserOptionsSchema.prefault({ name: 'adam' }),
  ...runFields,
} as const;

export const exactlyOneLength = (value: { epochs?: number | undefined; steps?: number | undefined }): boolean =>
  (value.epochs === undefined) !== (value.steps === undefined);
export const EXACTLY_ONE_LENGTH = { path: ['epochs'], message: 'give exactly one of epochs and steps' };

export const trainingOptionsSchema = z
  .object(trainingFields)
  .refine(exactlyOneLength, EXACTLY_ONE_LENGTH)
  .meta({ id: 'TrainingOptions' });

/** What the loop over steps needs to know, whatever is trained. */
export type RunOptions = Pick<TrainingOptions,
  'optimiser' | 'schedule' | 'batchSize' | 'epochs' | 'steps' | 'seed' | 'validation' | 'checkpoint' | 'nonFinitePatience' | 'threads'>;

export type TrainingOptions = z.infer<typeof trainingOptionsSchema>;
/** As a client writes it: everything with a default may be left out. */
export type TrainingRequest = z.input<typeof trainingOptionsSchema>;

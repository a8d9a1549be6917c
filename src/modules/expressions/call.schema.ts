import { z } from 'zod';
import { datasetName } from '../../datasets/dataset.options.js';
import { tensorInput, tensorOutput } from './tensor-json.js';

const inputs = z.record(z.string(), tensorInput).default({}).describe('Tensor of each input, by name');
const tensors = z.record(z.string(), tensorOutput);
const value = z.string().min(1).max(64);

export const evaluateRequest = z
  .strictObject({
    inputs,
    guard: z.boolean().default(false).describe('Refuse the call before it changes anything, if some operation would give NaN or an infinity; slow'),
  })
  .meta({ id: 'EvaluateRequest' });

export const guardQuery = z.object({
  guard: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').describe('As in the JSON form'),
});

export const evaluateAnswer = z
  .object({
    outputs: tensors,
    state: tensors.describe('New values of the shared variables that have an update; for each stream the calls that it has answered'),
    stateVersion: z.int(),
  })
  .meta({ id: 'Evaluation' });

const derivatives = {
  of: value.describe('Name of an output, a definition, an input or a shared variable'),
  wrt: z.array(value).min(1).max(64).describe('Names of what is derived by'),
  inputs,
};

export const gradientRequest = z.strictObject(derivatives).meta({ id: 'GradientRequest' });

export const gradientAnswer = z.object({ value: tensorOutput, gradients: tensors }).meta({ id: 'Gradients' });

export const verifyRequest = z
  .strictObject({
    ...derivatives,
    epsilon: z.number().positive().max(1).default(1e-3).describe('Length of a step along a direction, for values around 1'),
    tolerance: z.number().positive().max(1).default(0.02).describe('Largest accepted relative error'),
    directions: z.int().min(1).max(100).default(3).describe('Random directions for each variable'),
    seed: z.int().min(0).default(0),
  })
  .meta({ id: 'VerifyGradientRequest' });

/** A number, or as text what JSON does not have. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

export const verifyAnswer = z
  .object({
    passed: z.boolean(),
    epsilon: z.number(),
    tolerance: z.number(),
    variables: z
      .array(
        z.object({
          name: z.string(),
          analytic: number.describe('Derivative along the worst direction, by rule'),
          numeric: number.describe('The same by central difference'),
          relativeError: number.describe('What float32 rounding explains taken off'),
          passed: z.boolean(),
        }),
      )
      .describe('The worst direction of each variable'),
  })
  .meta({ id: 'GradientReport' });

export const nonFiniteRequest = z.strictObject({ inputs }).meta({ id: 'NonFiniteRequest' });

const range = {
  op: z.string(), site: z.string().describe('line:column of the source'), dtype: z.string(), shape: z.array(z.int()),
  minimum: z.number().optional().describe('Of the finite elements'),
  maximum: z.number().optional(),
  notFinite: z.int().describe('Elements that are NaN or infinite'),
};

export const nonFiniteAnswer = z
  .object({
    found: z
      .object({
        ...range,
        value: z.enum(['NaN', 'Infinity', '-Infinity']),
        index: z.int().describe('Place of the first such element, row by row'),
        operands: z.array(z.object(range)),
      })
      .nullable()
      .describe('The first operation, in the order of computation, whose result is not finite everywhere'),
  })
  .meta({ id: 'NonFiniteReport' });

export const stateAnswer = z.object({ state: tensors.describe('Shared variables; for each stream the calls that it has answered') }).meta({ id: 'ExpressionState' });

export const copyRequest = z
  .strictObject({
    name: datasetName.meta({ description: 'Name of the copy', example: 'restarted' }),
    state: z.record(z.string(), tensorInput).default({}).describe('What is swapped of the state that it begins with'),
  })
  .meta({ id: 'CopyExpressionRequest' });

export type EvaluateRequest = z.infer<typeof evaluateRequest>;
export type EvaluateAnswer = z.infer<typeof evaluateAnswer>;
export type GuardQuery = z.infer<typeof guardQuery>;
export type GradientRequest = z.infer<typeof gradientRequest>;
export type GradientAnswer = z.infer<typeof gradientAnswer>;
export type VerifyRequest = z.infer<typeof verifyRequest>;
export type VerifyAnswer = z.infer<typeof verifyAnswer>;
export type NonFiniteRequest = z.infer<typeof nonFiniteRequest>;
export type NonFiniteAnswer = z.infer<typeof nonFiniteAnswer>;
export type StateAnswer = z.infer<typeof stateAnswer>;
export type CopyRequest = z.infer<typeof copyRequest>;

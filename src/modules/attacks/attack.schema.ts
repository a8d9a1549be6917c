import { z } from 'zod';
import { attackOptions, normSchema } from '../../attacks/index.js';
import { expressionUse } from '../../expressions/expression.options.js';
import { storedExamples } from '../datasets/stored-examples.schema.js';
import { instances, prediction, servedModel } from '../serving/prediction.schema.js';

const examples = {
  instances: instances.optional(),
  labels: z.array(z.int().nonnegative()).min(1).optional().describe('True class of each instance'),
  examples: storedExamples.optional().describe('Examples of a stored data set, instead of instances and labels'),
  strip: z.boolean().default(false).describe('Whether the answer holds a PNG of clean, perturbation and adversarial pictures'),
};

/** An attack of the service together with the batch that it is run on. */
export const attackRequest = z
  .discriminatedUnion('name', [attackOptions.options[0].extend(examples)])
  .meta({ id: 'AttackRequest' });

const attacked = z.object({
  label: z.int().describe('True class'),
  before: prediction,
  after: prediction,
  success: z.boolean().describe('Whether the goal is reached: another class than the true one, or the target class'),
  distance: z.number().describe('Size of the perturbation in the norm of the attack'),
  valid: z.boolean().describe('False where the candidate broke the threat model; the clean example was put back'),
});

export const attackAnswer = z
  .object({
    model: servedModel,
    attack: z.object({ name: z.string(), norm: normSchema, epsilon: z.number(), targetLabels: z.union([z.int(), z.array(z.int())]).optional(), objective: expressionUse.optional() }),
    examples: z.array(attacked),
    adversarial: z.array(z.unknown()).describe('Adversarial inputs, nested to the input shape of the model'),
    summary: z.object({
      count: z.int(),
      correctBefore: z.int().describe('Examples predicted correctly before the attack'),
      correctAfter: z.int(),
      successes: z.int(),
      withoutGradient: z.int().describe('Examples whose gradient was zero or not finite: the attack had no direction there'),
      gradientQueries: z.int().describe('Gradients asked of the model for each example'),
      forwardQueries: z.int().describe('Predictions asked of the model for each example'),
    }),
    strip: z.object({ png: z.base64().describe('PNG'), gain: z.number().describe('Factor on the pictured perturbation') }).optional(),
  })
  .meta({ id: 'AttackResult' });

export type AttackRequestBody = z.infer<typeof attackRequest>;
export type AttackAnswer = z.infer<typeof attackAnswer>;

import { z } from 'zod';
import type { Predictions } from '../../attacks/index.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';

export const servedModel = z.object({ id: z.uuid(), name: z.string(), digest: z.string() }).meta({ id: 'ServedModel' });

export const prediction = z
  .object({
    label: z.int().describe('Index of the most probable class'),
    class: z.string().describe('Its name'),
    confidence: z.number().describe('Its probability'),
    probabilities: z.array(z.number()),
    logits: z.array(z.number()),
  })
  .meta({ id: 'Prediction' });

export type Prediction = z.infer<typeof prediction>;

/** Examples of a request: each nested to the input shape of the model, or one flat row. */
export const instances = z
  .array(z.unknown())
  .min(1)
  .describe('Examples: each nested to the input shape of the model ([height][width][channels] or [features]), or as one flat row of numbers');

export function servedModelOf({ id, name, digest }: ModelEntity): z.infer<typeof servedModel> {
  return { id, name, digest };
}

export function predictionsOf({ labels, confidences, probabilities, logits, classCount }: Predictions, classes: readonly string[]): Prediction[] {
  return Array.from(labels, (label, row) => ({
    label,
    class: classes[label]!,
    confidence: confidences[row]!,
    probabilities: [...probabilities.subarray(row * classCount, (row + 1) * classCount)],
    logits: [...logits.subarray(row * classCount, (row + 1) * classCount)],
  }));
}

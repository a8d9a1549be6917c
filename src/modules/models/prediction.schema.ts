import { z } from 'zod';
import { instances, prediction, servedModel } from '../serving/prediction.schema.js';

export const predictRequest = z.strictObject({ instances }).meta({ id: 'PredictRequest' });

export const predictionAnswer = z.object({ model: servedModel, predictions: z.array(prediction) }).meta({ id: 'Predictions' });

export const predictImageQuery = z.object({
  resize: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether a picture of another size is scaled to that of the model'),
});

export type PredictRequest = z.infer<typeof predictRequest>;
export type PredictImageQuery = z.infer<typeof predictImageQuery>;

import { z } from 'zod';

const learningRate = (value: number) => z.number().positive().max(100).default(value).describe('Base learning rate; the schedule multiplies it.');
const fraction = (value: number, text: string) => z.number().min(0).lt(1).default(value).describe(text);
const weightDecay = (value: number, text: string) => z.number().min(0).max(10).default(value).describe(`${text} Biases and normalisation scales are not decayed.`);
const clipGlobalNorm = z.number().positive().optional().describe('Largest Euclidean norm of the whole gradient; longer ones are scaled down to it.');
const L2 = 'Added to the gradient: weightDecay * parameter (L2 penalty).';

export const optimiserOptionsSchema = z
  .discriminatedUnion('name', [
    z.object({
      name: z.literal('sgd'), learningRate: learningRate(0.1),
      momentum: fraction(0.9, 'Share of the previous step that is kept; 0 is plain gradient descent.'),
      nesterov: z.boolean().default(false).describe('Look-ahead form of momentum (Nesterov).'),
      weightDecay: weightDecay(0, L2), clipGlobalNorm,
    }).meta({ id: 'SgdOptimiser', title: 'Stochastic gradient descent with momentum' }),
    z.object({
      name: z.literal('adam'), learningRate: learningRate(1e-3),
      beta1: fraction(0.9, 'Decay of the mean of gradients.'), beta2: fraction(0.999, 'Decay of the mean of squared gradients.'),
      epsilon: z.number().positive().max(1).default(1e-8).describe('Added to the root of the second moment.'),
      weightDecay: weightDecay(0, L2), clipGlobalNorm,
    }).meta({ id: 'AdamOptimiser', title: 'Adam (Kingma and Ba 2015)' }),
    z.object({
      name: z.literal('adamw'), learningRate: learningRate(1e-3),
      beta1: fraction(0.9, 'Decay of the mean of gradients.'), beta2: fraction(0.999, 'Decay of the mean of squared gradients.'),
      epsilon: z.number().positive().max(1).default(1e-8).describe('Added to the root of the second moment.'),
      weightDecay: weightDecay(0.01, 'Decoupled: each step also subtracts rate * weightDecay * parameter.'), clipGlobalNorm,
    }).meta({ id: 'AdamWOptimiser', title: 'AdamW (Loshchilov and Hutter 2019)' }),
    z.object({
      name: z.literal('rmsprop'), learningRate: learningRate(1e-3),
      decay: fraction(0.9, 'Decay of the mean of squared gradients.'),
      momentum: fraction(0, 'Momentum of the scaled gradient.'),
      epsilon: z.number().positive().max(1).default(1e-7).describe('Added to the root of the mean square.'),
      weightDecay: weightDecay(0, L2), clipGlobalNorm,
    }).meta({ id: 'RmsPropOptimiser', title: 'RMSProp (Tieleman and Hinton 2012)' }),
  ])
  .describe('Optimiser and its options.');

export type OptimiserOptions = z.infer<typeof optimiserOptionsSchema>;

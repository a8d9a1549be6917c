import { optimiserOptionsSchema } from '../../src/training/optimisers/optimiser.options.js';
import { classifierTraining, normalisation } from './classifier-training.js';
import type { Workload } from './workload.js';

/** 784-width-width-10 with ReLU, batch 128, Adam 1e-3. */
export const mlp = (width: number): Workload => classifierTraining({
  name: `mlp-${width}`,
  title: `MLP 784-${width}-${width}-10, batch 128, Adam`,
  network: { architecture: 'mlp', hidden: [width, width], activation: 'relu', dropout: 0, normalisation },
  inputShape: [784],
  batch: 128,
  optimiser: optimiserOptionsSchema.parse({ name: 'adam' }),
  steps: 20,
  tolerance: 0.01,
});

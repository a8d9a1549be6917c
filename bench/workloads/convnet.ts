import type { ConvnetOptions } from '../../src/networks/network.options.js';
import { optimiserOptionsSchema } from '../../src/training/optimisers/optimiser.options.js';
import { classifierTraining, normalisation } from './classifier-training.js';
import type { Workload } from './workload.js';

export const CONVNET_INPUT = [28, 28, 1] as const;
const strides = [1, 2, 2];
/** Shape before the logits: strides 1, 2 and 2 bring 28 to 7. */
const lastShape = [7, 7, 64];

/** 3x3 convolutions with 32, 64 and 64 channels, strides 1, 2 and 2, ReLU, then the logits. */
export const convnetOptions: ConvnetOptions = {
  architecture: 'convnet', channels: [32, 64, 64], kernelSize: 3, strides, dense: [], activation: 'relu', dropout: 0, normalisation,
};
/** What the Python peers need to know of it. */
export const convnetArguments = { strides, lastShape };

export const convnet = (): Workload => classifierTraining({
  name: 'convnet',
  title: 'convnet 32-64-64 (3x3, strides 1-2-2) on 28x28, batch 64, SGD with momentum',
  network: convnetOptions,
  inputShape: CONVNET_INPUT,
  batch: 64,
  optimiser: optimiserOptionsSchema.parse({ name: 'sgd', learningRate: 0.05, momentum: 0.9 }),
  steps: 20,
  tolerance: 0.01,
  options: convnetArguments,
});

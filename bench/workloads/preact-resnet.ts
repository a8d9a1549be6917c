import { optimiserOptionsSchema } from '../../src/training/optimisers/optimiser.options.js';
import { classifierTraining, normalisation } from './classifier-training.js';
import type { Workload } from './workload.js';

/** Blocks of PreActResNet18 with their strides, by the names of the product's parameters. */
const blocks = [1, 2, 3, 4].flatMap((group) => [1, 2].map((block) => [`group${group}/block${block}`, group > 1 && block === 1 ? 2 : 1]));

/** PreActResNet18 (He et al. 2016) of width 64 on 32x32x3, batch 32, plain SGD. */
export const preactResnet = (): Workload => classifierTraining({
  name: 'preact-resnet18',
  title: 'PreAct-ResNet18 on 32x32x3, batch 32, SGD',
  network: { architecture: 'preact-resnet', depth: 18, width: 64, normalisation },
  inputShape: [32, 32, 3],
  batch: 32,
  optimiser: optimiserOptionsSchema.parse({ name: 'sgd', learningRate: 0.01, momentum: 0 }),
  steps: 3,
  tolerance: 0.01,
  options: { blocks },
});

import type { RequestExample } from '../openapi/api-decorators.js';

const common = { dataset: 'glyphs', epochs: 3, batchSize: 64, seed: 1 };
const network = { architecture: 'convnet', channels: [16, 32], dense: [64] };

export const TRAINING_EXAMPLES: Readonly<Record<string, RequestExample>> = {
  plain: { summary: 'Small convolutional network, plain', value: { name: 'glyphs-convnet', ...common, network, method: { name: 'erm' }, optimiser: { name: 'adam' } } },
  mixup: { summary: 'The same network with manifold mixup', value: { name: 'glyphs-mixup', ...common, network, method: { name: 'manifold-mixup' }, optimiser: { name: 'adam' } } },
  mlp: { summary: 'Multi-layer perceptron', value: { name: 'glyphs-mlp', ...common, network: { architecture: 'mlp', hidden: [128] } } },
};

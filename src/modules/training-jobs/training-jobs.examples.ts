import type { RequestExample } from '../openapi/api-decorators.js';

const common = { dataset: 'glyphs', epochs: 3, batchSize: 64, seed: 1 };
const network = { architecture: 'convnet', channels: [16, 32], dense: [64] };

/** Brier score: squared distance of the probabilities from the targets, mean over the batch. */
const BRIER = `input logits: float32[n, k]
input targets: float32[n, k]
output loss = mean(sum((softmax(logits) - targets) ^ 2, axis: 1))`;

export const TRAINING_EXAMPLES: Readonly<Record<string, RequestExample>> = {
  plain: { summary: 'Small convolutional network, plain', value: { name: 'glyphs-convnet', ...common, network, method: { name: 'erm' }, optimiser: { name: 'adam' } } },
  mixup: { summary: 'The same network with manifold mixup', value: { name: 'glyphs-mixup', ...common, network, method: { name: 'manifold-mixup' }, optimiser: { name: 'adam' } } },
  mlp: { summary: 'Multi-layer perceptron', value: { name: 'glyphs-mlp', ...common, network: { architecture: 'mlp', hidden: [128] } } },
  brier: { summary: 'A loss of its own, here as source; { "expression": <id> } names a stored one', value: { name: 'glyphs-brier', ...common, network: { architecture: 'mlp', hidden: [128] }, loss: { source: BRIER } } },
  vae: { summary: 'Variational autoencoder', value: { name: 'glyphs-vae', ...common, method: { name: 'vae' } } },
  drVae: { summary: 'The same with features of a trained classifier', value: { name: 'glyphs-dr-vae', ...common, method: { name: 'dr-vae', classifier: 'glyphs-convnet', layers: [1, 2] } } },
  gan: { summary: 'Generative adversarial network, samples of a class', value: { name: 'glyphs-gan', ...common, method: { name: 'gan', conditional: true } } },
  ali: { summary: 'Adversarially learned inference', value: { name: 'glyphs-ali', ...common, network: { architecture: 'generator', latent: 16, channels: [16, 32] }, method: { name: 'ali' } } },
  gibbsnet: { summary: 'GibbsNet with labels as variables', value: { name: 'glyphs-gibbsnet', ...common, method: { name: 'gibbsnet', steps: 3, attributes: true } } },
};

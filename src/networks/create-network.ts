import { networkInputMismatch, networkTooLarge, normalisationMismatch } from '../errors/networks.errors.js';
import { convnet } from './convnet.js';
import { mlp } from './mlp.js';
import { parameterCount, type Network } from './network.js';
import type { InputNormalisation, NetworkOptions } from './network.options.js';
import { preactResnet } from './preact-resnet.js';

/** Maps [0, 1] to [-1, 1]. */
export const DEFAULT_NORMALISATION: InputNormalisation = { mean: [0.5], standardDeviation: [0.5] };

/** 4 bytes each, four copies while training with Adam: 1.6 GB. */
export const MAX_PARAMETERS = 100_000_000;

function build(options: NetworkOptions, inputShape: readonly number[], classCount: number, normalisation: InputNormalisation): Network {
  switch (options.architecture) {
    case 'mlp': return mlp(options, inputShape, classCount, normalisation);
    case 'convnet': return convnet(options, inputShape, classCount, normalisation);
    case 'preact-resnet': return preactResnet(options, inputShape, classCount, normalisation);
  }
}

/**
 * Builds a classifier from validated options; numbers come later, from `initialise`.
 * @param inputShape one example: [height, width, channels] or [features]
 * @throws network-input-mismatch, normalisation-mismatch, network-too-large
 */
export function createNetwork(options: NetworkOptions, inputShape: readonly number[], classCount: number): Network {
  if (options.architecture !== 'mlp' && inputShape.length !== 3) throw networkInputMismatch(options.architecture, inputShape);
  const normalisation = options.normalisation ?? DEFAULT_NORMALISATION;
  const channels = inputShape.at(-1)!;
  if (normalisation.mean.length !== 1 && normalisation.mean.length !== channels) {
    throw normalisationMismatch(normalisation.mean.length, channels);
  }
  const network = build(options, inputShape, classCount, normalisation);
  const count = parameterCount(network);
  if (count > MAX_PARAMETERS) throw networkTooLarge(count, MAX_PARAMETERS);
  return network;
}

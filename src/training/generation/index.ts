import type { Dataset } from '../../datasets/dataset.js';
import { createGenerator, type GeneratorData, type GeneratorNetworkOptions, type GeneratorParts, type PixelModel } from '../../networks/index.js';
import { ali } from './ali.js';
import { drVae, type FrozenClassifier } from './dr-vae.js';
import { gan } from './gan.js';
import type { GenerationMethod } from './generation-method.js';
import type { GenerationMethodOptions } from './generation-method.options.js';
import { gibbsnet } from './gibbsnet.js';
import { vae } from './vae.js';

/** The parts that a method trains. */
export function partsOf(options: GenerationMethodOptions): GeneratorParts {
  switch (options.name) {
    case 'vae':
    case 'dr-vae': return { encoder: true, discriminator: 'none', spectralNorm: false, likelihood: true };
    case 'gan': return { encoder: false, discriminator: 'plain', spectralNorm: options.spectralNorm, likelihood: false };
    case 'ali':
    case 'gibbsnet': return { encoder: true, discriminator: 'joint', spectralNorm: options.spectralNorm, likelihood: false };
  }
}

/** As asked for, or bernoulli for images and gaussian for tables, whose values are no probabilities. */
function pixelsOf(options: GenerationMethodOptions, kind: Dataset['descriptor']['kind']): PixelModel {
  const asked = 'pixels' in options ? options.pixels : undefined;
  return asked ?? (kind === 'image' ? 'bernoulli' : 'gaussian');
}

/** What a method makes of a data set. */
export function generatorData(options: GenerationMethodOptions, { kind, exampleShape, bounds, classes }: Dataset['descriptor']): GeneratorData {
  return {
    inputShape: exampleShape, bounds, classCount: classes.length,
    conditional: options.conditional, attributes: options.name === 'gibbsnet' && options.attributes, pixels: pixelsOf(options, kind),
  };
}

/**
 * Builds the networks of a method and binds its options for batches of `batchSize`.
 * @param classifier needed by dr-vae
 * @throws the errors of `createGenerator`
 */
export function createGenerationMethod(
  options: GenerationMethodOptions, network: GeneratorNetworkOptions, data: GeneratorData, batchSize: number, classifier?: FrozenClassifier,
): GenerationMethod {
  const generator = createGenerator(network, data, partsOf(options));
  switch (options.name) {
    case 'vae': return vae(options, generator, batchSize);
    case 'dr-vae': {
      if (classifier === undefined) throw new Error('internal: dr-vae without its classifier');
      return drVae(options, generator, batchSize, classifier);
    }
    case 'gan': return gan(options, generator, batchSize);
    case 'ali': return ali(options, generator, batchSize);
    case 'gibbsnet': return gibbsnet(options, generator, batchSize);
  }
}

export type { FrozenClassifier } from './dr-vae.js';
export type { DrawSpec, GenerationArguments, GenerationMethod, Player, PlayerLoss, PlayerName } from './generation-method.js';

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import { joinSpecs, sequence, type Layer } from '../layer.js';
import { spectralNorm } from '../spectral-norm.js';
import type { GeneratorNetworkOptions } from './generator.options.js';
import { givenWidth, toUnit, withGiven, type GeneratorShape, type Given, type Specs } from './generator-shape.js';
import { denseTower, inputTower, leaky } from './towers.js';

/** Width of the dense layer on z. */
const LATENT_WIDTH = 64;

export interface DiscriminatorResult {
  /** [batch] log-odds of "from the data". */
  readonly logit: tf.Tensor;
  /** New power iteration vectors where spectral normalisation is on. */
  readonly statistics: NamedTensors;
}

export interface Discriminator extends Specs {
  /** (x, z) [batch, ...] with y and labels -> logits; z exactly when the discriminator is joint. */
  discriminate(state: NamedTensors, x: tf.Tensor, z: tf.Tensor | undefined, given: Given): DiscriminatorResult;
}

export interface DiscriminatorOptions {
  /** Whether it sees z beside x. */
  readonly joint: boolean;
  readonly spectralNorm: boolean;
}

/**
 * Strided convolutions over x, a dense layer over z, and dense layers over both, y and labels. Without batch statistics,
 * so that rows of one batch tell nothing about each other.
 */
export function createDiscriminator(
  channels: readonly number[], options: GeneratorNetworkOptions, shape: GeneratorShape, { joint, spectralNorm: normalised }: DiscriminatorOptions,
): Discriminator {
  const wrap = (layer: Layer, kernel: string): Layer => (normalised ? spectralNorm(layer, kernel) : layer);
  const overX = inputTower('discriminator', shape.inputShape, channels, options.kernelSize, wrap);
  const overZ = joint ? sequence([denseTower('discriminator/latent', shape.latent, [], LATENT_WIDTH, wrap), leaky([LATENT_WIDTH])]) : undefined;
  const width = overX.outputShape[0]! + (joint ? LATENT_WIDTH : 0) + givenWidth(shape, true);
  const head = denseTower('discriminator', width, options.dense, 1, wrap);
  const context = { training: true, masks: {} };
  return {
    ...joinSpecs([overX, ...(overZ === undefined ? [] : [overZ]), head]),
    discriminate(state, x, z, given) {
      const fromX = overX.apply(state, toUnit(x, shape.bounds), context);
      const fromZ = overZ === undefined || z === undefined ? undefined : overZ.apply(state, z, context);
      const h = fromZ === undefined ? fromX.h : tf.concat([fromX.h, fromZ.h], -1);
      const result = head.apply(state, withGiven(h, given), context);
      return { logit: tf.squeeze(result.h, [-1]), statistics: { ...fromX.statistics, ...fromZ?.statistics, ...result.statistics } };
    },
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import { joinSpecs } from '../layer.js';
import type { GeneratorNetworkOptions } from './generator.options.js';
import { givenWidth, toUnit, withGiven, type GeneratorShape, type Given, type Specs } from './generator-shape.js';
import { denseTower, inputTower } from './towers.js';

/** log sigma stays in this range, so that neither noise nor its absence can drown the rest. */
const [LEAST, MOST] = [-6, 2];

/** q(z | x) = N(mean, diag(sigma^2)) */
export interface Gaussian {
  /** [batch, latent] */
  readonly mean: tf.Tensor;
  /** [batch, latent] */
  readonly logSigma: tf.Tensor;
}

export interface Encoder extends Specs {
  /** x [batch, ...inputShape] within bounds -> q(z | x, ...) */
  encode(state: NamedTensors, x: tf.Tensor, given: Given): Gaussian;
}

/** Strided convolutions, then dense layers that also see y and labels; the last gives mean and log sigma. */
export function createEncoder(channels: readonly number[], options: GeneratorNetworkOptions, shape: GeneratorShape): Encoder {
  const tower = inputTower('encoder', shape.inputShape, channels, options.kernelSize);
  const head = denseTower('encoder', tower.outputShape[0]! + givenWidth(shape, true), options.dense, 2 * shape.latent);
  const inference = { training: false, masks: {} };
  return {
    ...joinSpecs([tower, head]),
    encode(state, x, given) {
      const features = tower.apply(state, toUnit(x, shape.bounds), inference).h;
      const [mean, logSigma] = tf.split(head.apply(state, withGiven(features, given), inference).h, 2, -1) as [tf.Tensor, tf.Tensor];
      return { mean, logSigma: tf.clipByValue(logSigma, LEAST, MOST) };
    },
  };
}

/** The reparameterised draw z = mean + sigma eps, eps [batch, latent] standard normal. */
export const sampleGaussian = ({ mean, logSigma }: Gaussian, eps: tf.Tensor): tf.Tensor => tf.add(mean, tf.mul(tf.exp(logSigma), eps));

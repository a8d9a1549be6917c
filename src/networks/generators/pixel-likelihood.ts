import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import { required } from '../layer.js';
import type { Decoded } from './decoder.js';
import { toUnit, type GeneratorShape, type Specs } from './generator-shape.js';

export type PixelModel = 'bernoulli' | 'gaussian';

/** log p(x | z) of each example, summed over its values, in nats. */
export interface PixelLikelihood extends Specs {
  /** x [batch, ...inputShape] -> [batch] */
  logLikelihood(state: NamedTensors, x: tf.Tensor, decoded: Decoded): tf.Tensor;
}

/** Sum over all axes but the first: [batch, ...] -> [batch]. */
export const sumPerExample = (values: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(values, [values.shape[0], -1]), -1);

/**
 * -1/2 (ln 2 pi + 2 s + (a - b)^2 exp(-2 s)) summed over all axes but the first, s = log sigma: [batch]; s broadcasts over
 * the batch and is held to [least, most] first.
 */
export function gaussianLogDensity(a: tf.Tensor, b: tf.Tensor, logSigma: tf.Tensor, [least, most]: readonly [number, number]): tf.Tensor {
  const s = tf.clipByValue(logSigma, least, most);
  const squares = tf.mul(tf.square(tf.sub(a, b)), tf.exp(tf.mul(s, -2)));
  return tf.mul(sumPerExample(tf.add(tf.add(squares, tf.mul(s, 2)), Math.log(2 * Math.PI))), -0.5);
}

const PIXEL_SIGMA = 'pixels/logSigma';
/** A pixel that is the same in all data would otherwise send its variance to 0. */
const PIXEL_RANGE = [Math.log(0.05), 3] as const;
/** exp(-1) = 0.37: about the deviation of a pixel in [0, 1] before anything is learnt. */
const PIXEL_START = -1;

/**
 * bernoulli: sum x l - softplus(l) with the logits l, for values in [0, 1] taken as probabilities;
 * gaussian: N(x; m, sigma^2) in the bounds' units with one learned log sigma for every pixel, shared by all examples.
 */
export function pixelLikelihood(pixels: PixelModel, shape: GeneratorShape): PixelLikelihood {
  if (pixels === 'bernoulli') {
    return {
      parameters: {}, statistics: {},
      logLikelihood: (_, x, { logits }) => sumPerExample(tf.sub(tf.mul(toUnit(x, shape.bounds), logits), tf.softplus(logits))),
    };
  }
  return {
    parameters: { [PIXEL_SIGMA]: { shape: shape.inputShape, initialiser: { kind: 'constant', value: PIXEL_START } } },
    statistics: {},
    logLikelihood: (state, x, decoded) => gaussianLogDensity(x, decoded.x, required(state, PIXEL_SIGMA), PIXEL_RANGE),
  };
}

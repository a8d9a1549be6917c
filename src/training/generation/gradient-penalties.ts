import * as tf from '@tensorflow/tfjs-core';
import { stopGradient } from '../../compiler/control/index.js';

/** Keeps the root differentiable where a gradient vanishes. */
const EPSILON = 1e-12;

const sumOfSquares = (slope: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(tf.square(slope), [slope.shape[0], -1]), -1);

/** Score [batch] of variables [batch, ...]; rows are scored apart, so the gradient of the sum is each row's own. */
type Score = (...variables: tf.Tensor[]) => tf.Tensor;

/** Partial derivatives: as constants the variables are apart, where one of them was computed from another. */
const slopes = (score: Score, at: tf.Tensor[]): tf.Tensor[] =>
  tf.grads((...variables) => tf.sum(score(...variables)))(at.map((variable) => stopGradient(variable)));

/**
 * mean_i (|d D / d x^_i| - 1)^2 at x^ = u x + (1 - u) x~, u [batch, 1, ...] uniform (Gulrajani et al. 2017, arXiv:1704.00028,
 * equation 3): holds a Wasserstein critic to slope 1 between data and generated examples.
 */
export function slopeOnePenalty(score: Score, data: tf.Tensor, generated: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const between = tf.add(tf.mul(data, u), tf.mul(generated, tf.sub(1, u)));
  const [slope] = slopes(score, [between]) as [tf.Tensor];
  return tf.mean(tf.square(tf.sub(tf.sqrt(tf.add(sumOfSquares(slope), EPSILON)), 1)));
}

/**
 * 1/2 mean_i |d D / d v_i|^2 at the data, over all variables v of a pair together (R1 of Mescheder et al. 2018,
 * arXiv:1801.04406, equation 9): a discriminator that has won becomes flat there, and the generator's gradient comes back.
 */
export const slopeZeroPenalty = (score: Score, data: tf.Tensor[]): tf.Tensor =>
  tf.mul(tf.mean(slopes(score, data).map(sumOfSquares).reduce((sum, squares) => tf.add(sum, squares))), 0.5);

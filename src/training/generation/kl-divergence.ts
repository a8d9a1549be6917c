import * as tf from '@tensorflow/tfjs-core';
import type { Gaussian } from '../../networks/index.js';

/** KL(N(mean, sigma^2) || N(0, 1)) of each dimension, 1/2 (sigma^2 + mean^2 - 1) - log sigma: [batch, latent]. */
export const klDivergence = ({ mean, logSigma }: Gaussian): tf.Tensor =>
  tf.sub(tf.mul(tf.sub(tf.add(tf.exp(tf.mul(logSigma, 2)), tf.square(mean)), 1), 0.5), logSigma);

/** sum_j max(freeBits, mean over the batch of KL_j): the divergence with a price only above `freeBits` nats. */
export function klPenalty(kl: tf.Tensor, freeBits: number): tf.Tensor {
  const each = tf.mean(kl, 0);
  return tf.sum(freeBits === 0 ? each : tf.maximum(each, freeBits));
}

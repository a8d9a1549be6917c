import * as tf from '@tensorflow/tfjs-core';
import { stopGradient } from '../../compiler/control/index.js';
import { beta, permutation, type Key } from '../../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../../compiler/tensors.js';
import type { LossFunction } from '../../expressions/index.js';
import { forward, required } from '../../networks/index.js';
import type { LossArguments, LossResult, Variant } from './method.js';

/** lambda []: mixing coefficient; permutation int32 [batch]: the partner of each row. */
export const mixingSpecs = (batchSize: number): NamedSpecs => ({
  lambda: { dtype: 'float32', shape: [] },
  permutation: { dtype: 'int32', shape: [batchSize] },
});

/** lambda ~ Beta(alpha, alpha), 1 for alpha 0, and a uniform permutation of the batch. */
export function drawMixing(key: Key, alpha: number, batchSize: number): NamedHostTensors {
  const lambda = alpha === 0 ? 1 : beta(key.fold('lambda'), alpha, alpha);
  return {
    lambda: { dtype: 'float32', shape: [], data: Float32Array.of(lambda) },
    permutation: { dtype: 'int32', shape: [batchSize], data: permutation(key.fold('permutation'), batchSize) },
  };
}

/** lambda v + (1 - lambda) v[permutation], rows along axis 0. */
export function mixRows(v: tf.Tensor, lambda: tf.Tensor, order: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(v, lambda), tf.mul(tf.gather(v, order as tf.Tensor1D), tf.sub(1, lambda)));
}

/**
 * L(z, mix(y)) where the loss takes probabilities, and l L(z, y) + (1 - l) L(z, y[pi]) where it takes class numbers; of
 * the cross-entropy, as of all losses that are linear in the probabilities, both are the same.
 */
function lossOfMix(loss: LossFunction, logits: tf.Tensor, { y, labels, draws }: LossArguments): tf.Tensor {
  const [lambda, order] = [required(draws, 'lambda'), required(draws, 'permutation')];
  if (loss.form === 'targets') return loss.apply(logits, mixRows(y, lambda, order));
  const partners = tf.gather(labels, order);
  return tf.add(tf.mul(loss.apply(logits, labels), lambda), tf.mul(loss.apply(logits, partners), tf.sub(1, lambda)));
}

/**
 * The loss with hidden state k mixed: h = g_k(x); L(f_k(mix(h)), mix(y)), all in training mode, so that the
 * normalisation above k sees mixed states. The gradient goes through both halves of the mix and, unless blocked, below k.
 */
export function mixedLoss(given: LossArguments, loss: LossFunction, k: number, blockGradient: boolean): LossResult {
  const { network, state, x, masks, draws } = given;
  const [lambda, order] = [required(draws, 'lambda'), required(draws, 'permutation')];
  const below = forward(network, state, x, { training: true, masks, to: k });
  const mixed = mixRows(blockGradient ? stopGradient(below.h) : below.h, lambda, order);
  const above = forward(network, state, mixed, { training: true, masks, from: k });
  return {
    loss: lossOfMix(loss, above.h, given),
    statistics: { ...below.statistics, ...above.statistics },
  };
}

export const mixingVariant = (k: number, batchSize: number, loss: LossFunction, blockGradient = false): Variant => ({
  draws: mixingSpecs(batchSize),
  loss: (given) => mixedLoss(given, loss, k, blockGradient),
});

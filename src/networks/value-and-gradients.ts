import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../compiler/program.js';

export interface Differentiated {
  /** Scalar that is differentiated. */
  readonly value: tf.Tensor;
  /** Other results of the same evaluation. */
  readonly auxiliary?: NamedTensors;
}

const mapValues = (tensors: NamedTensors, map: (tensor: tf.Tensor) => tf.Tensor): NamedTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)]));

/**
 * Evaluates `f` once and differentiates its scalar `value` with respect to every tensor of `at`.
 * @returns the value, d value / d at[name] by name (zeros where `value` does not depend on it), and the auxiliary results
 */
export function valueAndGradients(
  f: (at: NamedTensors) => Differentiated,
  at: NamedTensors,
): { value: tf.Tensor; gradients: NamedTensors; auxiliary: NamedTensors } {
  const names = Object.keys(at);
  let kept: NamedTensors = {};
  const { value, grads } = tf.engine().gradients(() => {
    const result = f(at);
    // TensorFlow.js disposes what the differentiated function made, but not what is kept.
    kept = mapValues(result.auxiliary ?? {}, (tensor) => tf.keep(tf.clone(tensor)));
    return result.value;
  }, names.map((name) => at[name]!));
  const auxiliary = mapValues(kept, (tensor) => tf.clone(tensor));
  Object.values(kept).forEach((tensor) => tensor.dispose());
  const gradients = Object.fromEntries(names.map((name, i) => [name, grads.at(i) ?? tf.zerosLike(at[name]!)]));
  return { value, gradients, auxiliary };
}

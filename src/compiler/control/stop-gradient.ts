import * as tf from '@tensorflow/tfjs-core';

/** `value`, whose gradient with respect to each of `sources` is zero. */
export function constantIn<T extends tf.Tensor>(value: T, sources: readonly tf.Tensor[]): T {
  const zero = tf.customGrad((...operands) => ({
    value: tf.clone(value),
    gradFunc: () => operands.filter((operand) => operand instanceof tf.Tensor).map((operand) => tf.zeros(operand.shape)),
  }));
  return zero(...sources);
}

/**
 * The value of `x`, through which no gradient flows: d stopGradient(x) / dx = 0. Works in traces and eagerly.
 * The gradient of f(stopGradient(g(x))) with respect to x is zero, not undefined.
 */
export const stopGradient = <T extends tf.Tensor>(x: T): T => constantIn(x, [x]);

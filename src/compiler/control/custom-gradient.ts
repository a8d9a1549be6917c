import * as tf from '@tensorflow/tfjs-core';

/** A value and its vector-Jacobian product. */
export interface ValueWithGradient {
  readonly value: tf.Tensor;
  /**
   * Cotangents of the operands, in their order and shapes, from the cotangent of the value. What it needs of operands and
   * value are its arguments: tensors that were made for the value do not live on.
   */
  gradient(dy: tf.Tensor, operands: readonly tf.Tensor[], value: tf.Tensor): readonly tf.Tensor[];
}

/**
 * A function with a gradient of its own in place of the derived one: straight-through estimators, clipped or scaled
 * gradients, stable forms of unstable derivatives. Works in traces, in bodies of `scan` and eagerly.
 *
 *   const roundStraight = customGradient((x) => ({ value: tf.round(x), gradient: (dy) => [dy] }));
 */
export function customGradient(f: (...operands: tf.Tensor[]) => ValueWithGradient): (...operands: tf.Tensor[]) => tf.Tensor {
  return (...operands) => tf.customGrad((...given) => {
    const tensors = given.filter((each) => each instanceof tf.Tensor);
    const result = f(...tensors);
    const { value } = result;
    given.find((each) => typeof each === 'function')?.([...tensors, value]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [...result.gradient(dy, saved.slice(0, -1), saved.at(-1)!)] };
  })(...operands);
}

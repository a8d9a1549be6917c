import * as tf from '@tensorflow/tfjs-core';

export type GradientRule = tf.GradConfig;

/** Attributes of the kernels as TensorFlow.js passes them. */
export type Attributes = tf.NamedAttrMap;

/** Rule of a kernel with the one operand `x`, from the operand: dx = f(dy, x, attributes). */
export const fromOperand = (kernelName: string, f: (dy: tf.Tensor, x: tf.Tensor, attributes: Attributes) => tf.Tensor): GradientRule => ({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attributes) => ({ x: () => f(dy as tf.Tensor, x!, attributes) }),
});

/** Rule of a kernel with the one operand `x`, from the result: dx = f(dy, y). */
export const fromResult = (kernelName: string, f: (dy: tf.Tensor, y: tf.Tensor, attributes: Attributes) => tf.Tensor): GradientRule => ({
  kernelName,
  outputsToSave: [true],
  gradFunc: (dy, [y], attributes) => ({ x: () => f(dy as tf.Tensor, y!, attributes) }),
});

/** Rule of a kernel that is constant almost everywhere. */
export const zero = (kernelName: string): GradientRule => fromOperand(kernelName, (_, x) => tf.zerosLike(tf.cast(x, 'float32')));

/** Adds up `dy` over the axes along which an operand of shape `shape` was broadcast. */
export function unbroadcast(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, shape);
}

/** Rule of a broadcasting kernel of `a` and `b`; `da` and `db` are given before un-broadcasting. */
export const binary = (
  kernelName: string,
  da: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  db: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): GradientRule => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, [a, b]) => ({
    a: () => unbroadcast(da(dy as tf.Tensor, a!, b!), a!.shape),
    b: () => unbroadcast(db(dy as tf.Tensor, a!, b!), b!.shape),
  }),
});

/** 1 where the condition holds, as float32. */
export const indicator = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');

import * as tf from '@tensorflow/tfjs-core';
import type { Decomposition, Operands } from '../decompositions/decomposition.js';

export type GradientRule = tf.GradConfig;

/** Attributes of the kernels as TensorFlow.js passes them. */
export type Attributes = tf.NamedAttrMap;

/** The attributes of those names, as far as they are given. */
export const only = (attributes: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));

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
export const zero = (kernelName: string): GradientRule => fromOperand(kernelName, (_, x) => none(x)());

/** Rule of a kernel of two operands that is constant almost everywhere. */
export const binaryZero = (kernelName: string): GradientRule => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (_, [a, b]) => ({ a: none(a!), b: none(b!) }),
});

/** Zeros for an operand through which no gradient flows. */
export const none = (x: tf.Tensor) => (): tf.Tensor => tf.zerosLike(tf.cast(x, 'float32'));

/** Rule of a kernel with the named operands through its decomposition; int32 and bool operands get zeros. */
export const through = (kernelName: string, decomposition: Decomposition, ...operands: readonly string[]): GradientRule => ({
  kernelName,
  inputsToSave: [...operands],
  gradFunc: (dy, saved, attributes) => {
    const named = Object.fromEntries(operands.map((name, i) => [name, saved[i]!]));
    return Object.fromEntries(operands.map((name) => [name, () => backward(decomposition, named, name, dy as tf.Tensor, attributes)]));
  },
});

/**
 * Takes a gradient inside a gradient rule. TensorFlow.js drops the tape after the outermost gradient, as which it would
 * take this one; at a greater depth the tape stays with the gradient that asked for the rule.
 */
function nested(body: () => tf.Tensor): tf.Tensor {
  const { state } = tf.engine();
  state.gradientDepth += 1;
  try {
    return body();
  } finally {
    state.gradientDepth -= 1;
  }
}

/** The gradient of a decomposition with respect to one operand. */
export const backward = (decomposition: Decomposition, operands: Operands, name: string, dy: tf.Tensor, attributes: Attributes): tf.Tensor => {
  const x = operands[name]!;
  if (x.dtype !== 'float32') return none(x)();
  return nested(() => tf.grad((value: tf.Tensor) => decomposition({ ...operands, [name]: value }, attributes))(x, dy));
};

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

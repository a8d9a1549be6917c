import * as tf from '@tensorflow/tfjs-core';
import { fromOperand, indicator, type Attributes, type GradientRule } from './rule.js';

/** The reduced axes; kernels name them `axis` or `reductionIndices`. */
const axesOf = ({ axis, reductionIndices }: Attributes, x: tf.Tensor): number[] =>
  tf.util.parseAxisParam((axis ?? reductionIndices ?? null) as number | number[], x.shape);

/** The shape of `x` with the reduced axes of length 1. */
function keptShape(x: tf.Tensor, axes: readonly number[]): number[] {
  return x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
}

/** `dy` of a reduction at every element of `x`. */
const spread = (dy: tf.Tensor, x: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  tf.broadcastTo(tf.reshape(dy, keptShape(x, axes)), x.shape);

/**
 * At every element the product of all the others along the axes: of those before it and those behind it, so that zeros
 * do no harm.
 */
function productOfOthers(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const kept = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const order = [...kept, ...axes];
  const flat = tf.reshape(tf.transpose(x, order), [...kept.map((i) => x.shape[i]!), axes.reduce((size, i) => size * x.shape[i]!, 1)]);
  const others = tf.mul(tf.cumprod(flat, kept.length, true), tf.cumprod(flat, kept.length, true, true));
  return tf.transpose(tf.reshape(others, order.map((i) => x.shape[i]!)), order.map((_, i) => order.indexOf(i)));
}

/** Gradient of max and min: dy goes to every element equal to the extremum. */
const extremum = (kernelName: 'Max' | 'Min'): GradientRule => ({
  kernelName,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, [x, y], attributes) => ({
    x: () => {
      const kept = keptShape(x!, axesOf(attributes, x!));
      return tf.mul(tf.reshape(dy as tf.Tensor, kept), indicator(tf.equal(x!, tf.reshape(y!, kept))));
    },
  }),
});

export const reductionGradients: readonly GradientRule[] = [
  fromOperand('Sum', (dy, x, attributes) => spread(dy, x, axesOf(attributes, x))),
  fromOperand('Mean', (dy, x, attributes) => {
    const axes = axesOf(attributes, x);
    return spread(tf.div(dy, tf.scalar(axes.reduce((size, i) => size * x.shape[i]!, 1))), x, axes);
  }),
  fromOperand('Prod', (dy, x, attributes) => {
    const axes = axesOf(attributes, x);
    return tf.mul(spread(dy, x, axes), productOfOthers(x, axes));
  }),
  extremum('Max'),
  extremum('Min'),
  fromOperand('Cumsum', (dy, _, { axis, exclusive, reverse }) => tf.cumsum(dy, axis as number, exclusive as boolean, !reverse)),
  { // dx = y * (dy - sum(dy * y))
    kernelName: 'Softmax',
    outputsToSave: [true],
    gradFunc: (dy, [y], { dim }) => ({
      logits: () => {
        const weighted = tf.mul(dy as tf.Tensor, y!);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y!));
      },
    }),
  },
  { // dx = dy - sum(dy) * exp(y)
    kernelName: 'LogSoftmax',
    outputsToSave: [true],
    gradFunc: (dy, [y], { axis }) => ({
      logits: () => tf.sub(dy as tf.Tensor, tf.mul(tf.sum(dy as tf.Tensor, axis as number, true), tf.exp(y!))),
    }),
  },
];

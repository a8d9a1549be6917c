import * as tf from '@tensorflow/tfjs-core';
import { floats, row, type ContractRow } from './row.js';

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

/** Within a gradient tfjs-core takes fused operations apart, unless the activation is linear. */
const withActivations: readonly ContractRow[] = activations.flatMap((activation) => {
  const slopes = (channels: number): { p?: ReturnType<typeof floats> } => (activation === 'prelu' ? { p: floats([channels], 0.1, 0.5) } : {});
  const options = (p: tf.Tensor | undefined) => ({ activation, leakyreluAlpha: 0.15, ...(p ? { preluActivationWeights: p } : {}) });
  return [
    row(`fused matMul, ${activation}`, { a: floats([3, 4]), b: floats([4, 5]), c: floats([5]), ...slopes(5) },
      ({ a, b, c, p }) => tf.fused.matMul({ a: a!, b: b!, bias: c!, ...options(p) }), true, { batched: ['a'] }),
    row(`fused conv2d, ${activation}`, { x: floats([2, 5, 6, 3]), w: floats([3, 3, 3, 4], -0.5, 0.5), b: floats([4]), ...slopes(4) },
      ({ x, w, b, p }) => tf.fused.conv2d({ x: image(x!), filter: image(w!), strides: 1, pad: 'same', bias: b!, ...options(p) }), true, { batched: ['x'] }),
    row(`fused depthwiseConv2d, ${activation}`, { x: floats([2, 5, 6, 2]), w: floats([3, 3, 2, 2], -0.5, 0.5), b: floats([4]), ...slopes(4) },
      ({ x, w, b, p }) => tf.fused.depthwiseConv2d({ x: image(x!), filter: image(w!), strides: 2, pad: 'same', bias: b!, ...options(p) }), true, { batched: ['x'] }),
    row(`fused conv2d NCHW, ${activation}`, { x: floats([2, 3, 5, 6]), w: floats([3, 3, 3, 4], -0.5, 0.5), b: floats([4]), ...slopes(4) },
      ({ x, w, b, p }) => tf.fused.conv2d({ x: image(x!), filter: image(w!), strides: 1, pad: 'same', dataFormat: 'NCHW', bias: b!, ...options(p) }), false),
    row(`fused conv2d dilated, ${activation}`, { x: floats([1, 6, 6, 2]), w: floats([2, 3, 2, 2], -0.5, 0.5), ...slopes(2) },
      ({ x, w, p }) => tf.fused.conv2d({ x: image(x!), filter: image(w!), strides: 1, pad: 'same', dilations: 2, ...options(p) }), activation !== 'linear'), // tfjs-core refuses that gradient
  ];
});

export const fusedRows: readonly ContractRow[] = [
  ...withActivations,
  row('fused matMul without bias, transposed', { a: floats([4, 3]), b: floats([5, 4]) }, ({ a, b }) => tf.fused.matMul({ a: a!, b: b!, transposeA: true, transposeB: true, activation: 'relu' })),
  row('batched fused matMul', { a: floats([2, 3, 4]), b: floats([2, 4, 5]), c: floats([5]) }, ({ a, b, c }) => tf.fused.matMul({ a: a!, b: b!, bias: c!, activation: 'linear' })),
];

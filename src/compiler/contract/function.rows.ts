import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { floats, integers, row, type ContractRow } from './row.js';

type Unary = (x: tf.Tensor) => tf.Tensor;

const on = (name: string, f: Unary, low: number, high: number): ContractRow =>
  row(name, { x: floats([4, 3], low, high) }, ({ x }) => f(x!), true, { batched: ['x'] });

const normalised = (x: tf.Tensor, radius: number): tf.Tensor => tf.localResponseNormalization(x as tf.Tensor4D, radius, 1, 0.5, 0.75);
const noKernel = 'eager cpu has no such kernel';

export const functionRows: readonly ContractRow[] = [
  on('asin', tf.asin, -0.9, 0.9), on('acos', tf.acos, -0.9, 0.9), on('atan', tf.atan, -3, 3), on('asinh', tf.asinh, -3, 3),
  on('acosh', tf.acosh, 1.2, 4), on('atanh', tf.atanh, -0.9, 0.9),
  row('atan2', { a: floats([2, 3, 4], -2, 2, 'a'), b: floats([3, 1], -2, 2, 'b') }, ({ a, b }) => tf.atan2(a!, b!)),
  row('atan2 of zeros, infinities and integers', { a: integers([6], 0, 0, 3, -3, 5, -5), b: integers([6], 1, -1, 0, 0, -5, 5) }, ({ a, b }) => {
    const infinite = tf.tensor1d([Infinity, Infinity, -Infinity, -Infinity, 1, -0]);
    const other = tf.tensor1d([Infinity, -Infinity, Infinity, -Infinity, -Infinity, -0]);
    return tf.concat([tf.atan2(tf.cast(a!, 'float32'), tf.cast(b!, 'float32')), tf.atan2(infinite, other), tf.cast(tf.atan2(a!, b!), 'float32')]);
  }, false),
  row('localResponseNormalization', { x: floats([2, 3, 2, 7]) }, ({ x }) => normalised(x!, 2), true, { batched: ['x'] }),
  row('localResponseNormalization over all channels', { x: floats([2, 2, 2, 4]) }, ({ x }) => normalised(x!, 5)),
  row('LRNGrad', { x: floats([1, 2, 3, 5]), dy: floats([1, 2, 3, 5], -1, 1) }, ({ x, dy }) =>
    kernel('LRNGrad', { x: x!, y: normalised(x!, 2), dy: dy! }, { depthRadius: 2, bias: 1, alpha: 0.5, beta: 0.75 }), false),
  row('EluGrad', { dy: floats([3, 4], -1, 1), y: floats([3, 4], -0.9, 2) }, ({ dy, y }) => kernel('EluGrad', { dy: dy!, y: y! })),
  row('LogSoftmax kernel', { x: floats([3, 4]) }, ({ x }) => kernel('LogSoftmax', { logits: x! }, { axis: -1 }), true, {
    instead: { why: noKernel, apply: ({ x }) => tf.sub(x!, tf.logSumExp(x!, -1, true)) }, batched: ['x'],
  }),
  row('LogicalXor kernel', { a: integers([4], 0, 0, 1, 1), b: integers([4], 0, 1, 0, 1) },
    ({ a, b }) => kernel('LogicalXor', { a: tf.cast(a!, 'bool'), b: tf.cast(b!, 'bool') }), false, {
      instead: { why: noKernel, apply: ({ a, b }) => tf.logicalXor(tf.cast(a!, 'bool'), tf.cast(b!, 'bool')) },
    }),
  row('bitwiseAnd', { a: integers([2, 3], 12, -7, 255, 0, 1, -1), b: integers([2, 3], 10, 3, -16, 9, 3, 5) }, ({ a, b }) => tf.bitwiseAnd(a!, b!), false),
  on('cumprod', (x) => tf.cumprod(x, 1), -2, 2), on('cumprod backwards, exclusive', (x) => tf.cumprod(x, 1, true, true), -2, 2),
  row('cumprod of eight with a zero', { x: { dtype: 'float32', shape: [8], data: Float32Array.of(1.5, -2, 0, 0.5, 3, -1, 0.7, 1.1) } }, ({ x }) => tf.cumprod(x!)),
  row('cumprod of int', { x: integers([2, 5], 1, 2, 3, 4, 5, -1, 2, -3, 4, 0) }, ({ x }) => tf.cumprod(x!, 1, false, true), false),
];

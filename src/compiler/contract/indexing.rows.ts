import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { booleans, floats, integers, row, type ContractRow } from './row.js';

const noKernel = 'eager cpu has no such kernel';

const gathers: readonly ContractRow[] = [
  row('gather per batch', { x: floats([3, 4, 2]), i: integers([3, 2], 0, 3, 2, 2, 1, 0) }, ({ x, i }) => tf.gather(x!, i!, 1, 1), true, { batched: ['x', 'i'] }),
  row('gather per batch along the last axis', { x: floats([2, 3, 4]), i: integers([2, 2, 2], 0, 3, 1, 1, 2, 0, 3, 2) }, ({ x, i }) => tf.gather(x!, i!, 2, 1), true, { batched: ['x', 'i'] }),
  row('gather per two batch axes', { x: floats([2, 2, 3]), i: integers([2, 2, 2], 0, 2, 1, 1, 2, 0, 1, 2) }, ({ x, i }) => tf.gather(x!, i!, 2, 2), true, { batched: ['x', 'i'] }),
  row('gather rows with indices of two axes', { x: floats([4, 2, 2]), i: integers([3, 2], 0, 3, 3, 1, 2, 2) }, ({ x, i }) => tf.gather(x!, i!), true, { batched: ['i'] }),
  row('gatherND of slices', { x: floats([3, 4, 2]), i: integers([2, 1], 2, 0) }, ({ x, i }) => tf.gatherND(x!, i!)),
  row('gatherND of one element', { x: floats([3, 4]), i: integers([2], 2, 1) }, ({ x, i }) => tf.gatherND(x!, i!)),
  row('gatherND twice the same', { x: floats([3, 4]), i: integers([2, 2, 2], 0, 1, 0, 1, 2, 3, 0, 0) }, ({ x, i }) => tf.gatherND(x!, i!), true, { batched: ['i'] }),
];

const scatters: readonly ContractRow[] = [
  row('scatterND', { i: integers([3, 1], 4, 0, 4), u: floats([3, 2]) }, ({ i, u }) => tf.scatterND(i!, u!, [5, 2]), true, { batched: ['i', 'u'] }),
  row('scatterND of elements', { i: integers([2, 2, 2], 0, 1, 2, 0, 1, 1, 0, 1), u: floats([2, 2]) }, ({ i, u }) => tf.scatterND(i!, u!, [3, 2])),
  row('scatterND of int', { i: integers([3, 1], 1, 1, 0), u: integers([3], 5, 6, 7) }, ({ i, u }) => tf.scatterND(i!, u!, [3]), false),
  row('tensorScatterUpdate', { x: floats([4, 2]), i: integers([3, 1], 3, 1, 3), u: floats([3, 2], 5, 6) }, ({ x, i, u }) => tf.tensorScatterUpdate(x!, i!, u!), true, { batched: ['i', 'u'] }),
  row('tensorScatterUpdate of elements', { x: floats([3, 2]), i: integers([4, 2], 0, 1, 2, 0, 0, 1, 1, 1), u: floats([4], 5, 6) }, ({ x, i, u }) => tf.tensorScatterUpdate(x!, i!, u!)),
  row('tensorScatterUpdate of int', { x: integers([3], 1, 2, 3), i: integers([2, 1], 2, 2), u: integers([2], 8, 9) }, ({ x, i, u }) => tf.tensorScatterUpdate(x!, i!, u!), false),
  row('tensorScatterUpdate, many updates of few rows', { x: floats([3, 40]), i: integers([200, 1], ...Array.from({ length: 200 }, (_, k) => (k * 7) % 3)), u: floats([200, 40]) },
    ({ x, i, u }) => tf.tensorScatterUpdate(x!, i!, u!)),
  row('sparseToDense', { i: integers([3, 2], 0, 1, 2, 0, 1, 1), v: floats([3]), d: floats([], 3, 4) }, ({ i, v, d }) => tf.sparseToDense(i!, v!, [3, 2], d as tf.Scalar)),
  row('sparseToDense of one value at places of a vector', { i: integers([3], 4, 0, 2), v: floats([], 1, 2) }, ({ i, v }) => tf.sparseToDense(i!, v!, [5])),
  row('sparseToDense of bool', { i: integers([2], 1, 3), v: booleans([2], 1, 0) }, ({ i, v }) => tf.sparseToDense(i!, v!, [4], tf.scalar(true, 'bool')), false),
  row('unsortedSegmentSum of int', { x: integers([4], 1, 2, 3, 4), i: integers([4], 1, 0, 1, 1) }, ({ x, i }) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 3), false, {
    instead: { why: 'eager cpu gives floats', apply: ({ x, i }) => tf.cast(tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 3), 'int32') },
  }),
];

const counts: readonly ContractRow[] = [
  row('bincount', { x: integers([6], 0, 3, 3, 1, 9, 3) }, ({ x }) => tf.bincount(x as tf.Tensor1D, tf.tensor1d([]), 4), false, { batched: ['x'] }),
  row('bincount with weights', { x: integers([6], 0, 3, 3, 1, 9, 3), w: floats([6]) }, ({ x, w }) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5)),
  row('bincount with int weights', { x: integers([4], 0, 2, 2, 1), w: integers([4], 5, 6, 7, 8) }, ({ x, w }) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 4), false),
  row('denseBincount of rows', { x: integers([3, 4], 0, 1, 1, 5, 2, 2, 2, 0, 3, 1, 0, 3), w: floats([3, 4]) },
    ({ x, w }) => tf.denseBincount(x as tf.Tensor2D, w as tf.Tensor2D, 4), true, { batched: ['x', 'w'] }),
  row('denseBincount, binary', { x: integers([2, 4], 0, 1, 1, 5, 2, 2, 2, 0) }, ({ x }) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 4, true), false),
  row('denseBincount, binary, of a vector', { x: integers([4], 0, 1, 1, 5) }, ({ x }) => tf.denseBincount(x as tf.Tensor1D, tf.tensor1d([]), 3, true), false, {
    instead: { why: 'eager cpu counts a vector although binaryOutput is set', apply: ({ x }) => tf.cast(tf.greater(tf.denseBincount(x as tf.Tensor1D, tf.tensor1d([]), 3), 0), 'float32') },
  }),
];

const sorted = (row: number): number[] => [-2, -1, -1, 0.5, 2].map((value) => value + row);
const sequence = { dtype: 'float32', shape: [2, 5], data: Float32Array.from([...sorted(0), ...sorted(1)]) } as const;
const values = { dtype: 'float32', shape: [2, 4], data: Float32Array.of(-3, -1, 0.5, 9, 0, 1.5, 1.4, -1) } as const;

const orders: readonly ContractRow[] = [
  row('topk', { x: floats([3, 6]) }, ({ x }) => tf.topk(x!, 3).values, true, { batched: ['x'] }),
  row('topk indices', { x: floats([2, 2, 5]) }, ({ x }) => tf.topk(x!, 2).indices, false, { batched: ['x'] }),
  row('topk of ties', { x: integers([2, 5], 3, 1, 3, 3, 2, 0, 0, 0, 0, 0) }, ({ x }) => { const { values: largest, indices } = tf.topk(x!, 3); return tf.stack([largest, indices]); }, false),
  row('topk of all', { x: floats([5]) }, ({ x }) => tf.mul(tf.topk(x!, 5).values, tf.tensor1d([1, 2, 3, 4, 5]))),
  row('searchSorted', { s: sequence, v: values }, ({ s, v }) => tf.searchSorted(s!, v!, 'left'), false, { batched: ['s', 'v'] }),
  row('searchSorted to the right', { s: sequence, v: values }, ({ s, v }) => tf.searchSorted(s!, v!, 'right'), false),
  row('lowerBound kernel', { s: sequence, v: values }, ({ s, v }) => kernel('LowerBound', { sortedSequence: s!, values: v! }), false,
    { instead: { why: noKernel, apply: ({ s, v }) => tf.lowerBound(s!, v!) } }),
  row('upperBound kernel', { s: sequence, v: values }, ({ s, v }) => kernel('UpperBound', { sortedSequence: s!, values: v! }), false,
    { instead: { why: noKernel, apply: ({ s, v }) => tf.upperBound(s!, v!) } }),
  row('searchSorted of int and int', { s: integers([1, 4], 1, 3, 3, 7), v: integers([1, 3], 3, 0, 8) }, ({ s, v }) => tf.searchSorted(s!, v!), false),
];

export const indexingRows: readonly ContractRow[] = [...gathers, ...scatters, ...counts, ...orders];

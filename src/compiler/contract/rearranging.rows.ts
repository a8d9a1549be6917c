import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { booleans, floats, integers, row, type ContractRow } from './row.js';

const noKernel = 'eager cpu has no such kernel';
const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

const blocks: readonly ContractRow[] = [
  row('spaceToBatchND', { x: floats([2, 4, 6, 3]) }, ({ x }) => tf.spaceToBatchND(x!, [2, 3], [[0, 0], [0, 0]]), true, { batched: ['x'] }),
  row('spaceToBatchND with padding', { x: floats([1, 3, 5, 2]) }, ({ x }) => tf.spaceToBatchND(x!, [2, 2], [[1, 0], [0, 1]]), true, { batched: ['x'] }),
  row('batchToSpaceND', { x: floats([8, 2, 3, 2]) }, ({ x }) => tf.batchToSpaceND(x!, [2, 2], [[0, 0], [0, 0]])),
  row('batchToSpaceND with crops', { x: floats([6, 2, 3]) }, ({ x }) => tf.batchToSpaceND(x!, [3], [[1, 2]])),
  row('space to batch and back', { x: floats([3, 4, 4, 1]) }, ({ x }) => tf.batchToSpaceND(tf.square(tf.spaceToBatchND(x!, [2, 2], [[0, 0], [0, 0]])), [2, 2], [[0, 0], [0, 0]]), true, { batched: ['x'] }),
  row('dilated pool', { x: floats([1, 6, 6, 2]) }, ({ x }) => tf.pool(image(x!), 2, 'max', 'same', 2)),
  row('depthToSpace', { x: floats([2, 2, 3, 12]) }, ({ x }) => tf.depthToSpace(image(x!), 2), true, { batched: ['x'] }),
  row('depthToSpace NCHW', { x: floats([2, 8, 2, 3]) }, ({ x }) => tf.depthToSpace(image(x!), 2, 'NCHW'), true, {
    instead: {
      why: 'eager cpu takes NHWC only',
      apply: ({ x }) => tf.transpose(tf.depthToSpace(tf.transpose(image(x!), [0, 2, 3, 1]), 2), [0, 3, 1, 2]),
    },
  }),
];

const pads: readonly ContractRow[] = [
  row('mirrorPad reflect', { x: floats([2, 4, 3]) }, ({ x }) => tf.mirrorPad(x!, [[0, 0], [3, 1], [2, 2]], 'reflect'), true, { batched: ['x'] }),
  row('mirrorPad symmetric', { x: floats([3, 2]) }, ({ x }) => tf.mirrorPad(x!, [[3, 2], [0, 2]], 'symmetric')),
  row('mirrorPad of int', { x: integers([4], 1, 2, 3, 4) }, ({ x }) => tf.mirrorPad(x!, [[2, 3]], 'reflect'), false),
];

const matrices: readonly ContractRow[] = [
  row('diag', { x: floats([4]) }, ({ x }) => tf.diag(x!)), row('diag of a matrix', { x: floats([2, 3]) }, ({ x }) => tf.diag(x!)),
  row('diag of bool', { x: booleans([3], 1, 0, 1) }, ({ x }) => tf.diag(x!), false),
  row('bandPart', { x: floats([2, 3, 4]) }, ({ x }) => tf.linalg.bandPart(x!, 1, -1)),
  row('MatrixBandPart kernel', { x: floats([2, 3, 4]) },
    ({ x }) => kernel('MatrixBandPart', { input: x!, numLower: tf.scalar(1, 'int32'), numUpper: tf.scalar(0, 'int32') }), true,
    { instead: { why: noKernel, apply: ({ x }) => tf.linalg.bandPart(x!, 1, 0) }, batched: ['x'] }),
  row('MatrixBandPart kernel that keeps all below', { x: floats([3, 3]) },
    ({ x }) => kernel('MatrixBandPart', { input: x!, numLower: tf.scalar(-1, 'int32'), numUpper: tf.scalar(1, 'int32') }), true,
    { instead: { why: noKernel, apply: ({ x }) => tf.linalg.bandPart(x!, -1, 1) } }),
  row('BroadcastTo kernel', { x: floats([3, 1]) }, ({ x }) => kernel('BroadcastTo', { x: x! }, { shape: [2, 3, 4], inputShape: [3, 1] }), true,
    { instead: { why: noKernel, apply: ({ x }) => tf.broadcastTo(x!, [2, 3, 4]) } }),
  row('broadcastArgs', { x: floats([1]) }, ({ x }) => tf.add(x!, tf.cast(tf.broadcastArgs([4, 1, 3], [2, 1]), 'float32')), false),
  row('broadcastArgs of equal lengths', { x: floats([1]) }, ({ x }) => tf.add(x!, tf.cast(tf.broadcastArgs([4, 4], [1]), 'float32')), false),
];

const sums: readonly (readonly [string, number[], number[]?])[] = [
  ['ij,jk->ik', [3, 4], [4, 5]], ['bij,bjk->bik', [2, 3, 4], [2, 4, 2]], ['bij,bkj->bki', [2, 3, 4], [2, 5, 4]], ['i,j->ij', [3], [4]],
  ['ij,ij->', [3, 4], [3, 4]], ['bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4]], ['abc,cd->adb', [2, 3, 4], [4, 2]],
  ['ij->ji', [3, 4]], ['ijk->k', [2, 3, 4]], ['ij->', [2, 3]], ['bi,bi->b', [3, 4], [3, 4]],
];
const productSums = sums.map(([equation, first, second]) => row(
  `einsum ${equation}`, { a: floats(first, -1, 1, 'a'), ...(second ? { b: floats(second, -1, 1, 'b') } : {}) },
  ({ a, b }) => tf.einsum(equation, ...(b ? [a!, b] : [a!])), true,
  equation.startsWith('b') && !equation.endsWith('->') ? { batched: ['a', 'b'] } : {},
));

const twoSums: readonly ContractRow[] = [
  row('einsum ij,k->j', { a: floats([3, 4]), b: floats([2]) }, ({ a, b }) => tf.einsum('ij,k->j', a!, b!), true,
    { instead: { why: 'eager cpu sums over one label only', apply: ({ a, b }) => tf.mul(tf.sum(a!, 0), tf.sum(b!)) } }),
  row('einsum ij,jk->k', { a: floats([3, 4]), b: floats([4, 2]) }, ({ a, b }) => tf.einsum('ij,jk->k', a!, b!), true,
    { instead: { why: 'eager cpu sums over one label only', apply: ({ a, b }) => tf.sum(tf.matMul(a!, b!), 0) } }),
];

const slices: readonly ContractRow[] = [
  row('stridedSlice', { x: floats([2, 3, 4]) }, ({ x }) => tf.stridedSlice(x!, [0, 2, 3], [2, 0, 0], [1, -1, -2])),
  row('stridedSlice of every third', { x: floats([2, 8]) }, ({ x }) => tf.stridedSlice(x!, [0, 1], [0, 8], [1, 3], 0, 1), true, { batched: ['x'] }),
  row('stridedSlice with masks', { x: floats([3, 4, 5]) }, ({ x }) => tf.stridedSlice(x!, [1, 0, -3], [0, 2, 0], [1, 2, 1], 2, 5)),
  row('stridedSlice that drops an axis', { x: floats([2, 3, 4]) }, ({ x }) => tf.stridedSlice(x!, [1, 0, 0], [2, 3, 4], [1, 1, 1], 0, 0, 0, 0, 1)),
];

export const rearrangingRows: readonly ContractRow[] = [...blocks, ...pads, ...matrices, ...productSums, ...twoSums, ...slices];

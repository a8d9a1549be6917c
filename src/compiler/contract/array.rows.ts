import * as tf from '@tensorflow/tfjs-core';
import { booleans, floats, integers, row, type ContractRow } from './row.js';

type Unary = (x: tf.Tensor) => tf.Tensor;

const on = (name: string, f: Unary, shape: number[] = [2, 3, 4]): ContractRow => row(name, { x: floats(shape) }, ({ x }) => f(x!));
const plain = (name: string, f: Unary, shape: number[] = [2, 3, 4]): ContractRow => row(name, { x: floats(shape) }, ({ x }) => f(x!), false);

const reductions: readonly ContractRow[] = [
  on('sum of all', (x) => tf.sum(x)), on('sum along axes', (x) => tf.sum(x, [0, 2])), on('sum keeping axes', (x) => tf.sum(x, [-1], true)),
  on('mean', (x) => tf.mean(x, 1)), on('mean of all', (x) => tf.mean(x)), on('max', (x) => tf.max(x, [1])), on('min', (x) => tf.min(x, -1, true)),
  on('prod', (x) => tf.prod(x, 2)), on('prod along axes', (x) => tf.prod(x, [0, 2], true)), on('prod of all', (x) => tf.prod(x), [5]), plain('argMax', (x) => tf.argMax(x, -1)), plain('argMin', (x) => tf.argMin(x, 1)),
  on('variance', (x) => tf.moments(x, [0, 1]).variance), on('logSumExp', (x) => tf.logSumExp(x, -1)), on('norm', (x) => tf.norm(x, 2, [1])),
  on('softmax', (x) => tf.softmax(x)), on('logSoftmax', (x) => tf.logSoftmax(x)),
  on('cumsum', (x) => tf.cumsum(x, 2)), on('cumsum backwards', (x) => tf.cumsum(x, 1, true, true)),
  row('any and all', { x: booleans([2, 3], 0, 1, 0, 1, 1, 1) }, ({ x }) => tf.stack([tf.any(x!, 1), tf.all(x!, 1)]), false),
  row('sum of bool', { x: booleans([2, 3], 0, 1, 0, 1, 1, 1) }, ({ x }) => tf.sum(x!, 1), false),
  row('mean of int', { x: integers([3], 1, 2, 4) }, ({ x }) => tf.mean(x!), false),
  row('softmax cross-entropy', { z: floats([4, 3]), y: floats([4, 3], 0, 1) },
    ({ z, y }) => tf.neg(tf.mean(tf.sum(tf.mul(y!, tf.logSoftmax(z!)), -1)))),
];

const rearrangements: readonly ContractRow[] = [
  on('reshape', (x) => tf.reshape(x, [-1, 6])), on('expandDims', (x) => tf.expandDims(x, -1)), on('squeeze', (x) => tf.squeeze(tf.expandDims(x, 1))),
  on('transpose', (x) => tf.transpose(x, [2, 0, 1])), on('broadcastTo', (x) => tf.broadcastTo(x, [5, 3, 4]), [1, 3, 1]),
  on('tile', (x) => tf.tile(x, [2, 1, 3])), on('slice', (x) => tf.slice(x, [0, 1, 1], [2, 2, -1])),
  on('pad', (x) => tf.pad(x, [[0, 1], [2, 0], [1, 1]], 0.5)), on('reverse', (x) => tf.reverse(x, [0, 2])),
  on('split', (x) => { const [a, b] = tf.split(x, [1, 3], -1); return tf.mul(a!, b!); }),
  on('unstack', (x) => { const [a, b] = tf.unstack(x, 0); return tf.mul(a!, b!); }),
  on('split and unstack into one', (x) => tf.mul(tf.split(x, 1, 1)[0]!, tf.unstack(tf.expandDims(x, 0))[0]!)),
  row('concat', { a: floats([2, 3]), b: floats([2, 1]), c: floats([2, 2]) }, ({ a, b, c }) => tf.concat([a!, b!, c!], -1)),
  row('stack', { a: floats([2, 3]), b: floats([2, 3], 0, 1) }, ({ a, b }) => tf.stack([a!, b!], 1)),
];

const indexing: readonly ContractRow[] = [
  row('gather rows', { x: floats([4, 3]), i: integers([5], 0, 3, 3, 1, 0) }, ({ x, i }) => tf.gather(x!, i!)),
  row('gather along an axis', { x: floats([2, 4, 3]), i: integers([2, 2], 0, 3, 3, 1) }, ({ x, i }) => tf.gather(x!, i!, 1)),
  row('gatherND', { x: floats([3, 4, 2]), i: integers([2, 2], 0, 3, 2, 1) }, ({ x, i }) => tf.gatherND(x!, i!)),
  row('oneHot', { i: integers([4], 0, 2, 1, 3) }, ({ i }) => tf.oneHot(i!, 3), false),
  row('oneHot with values', { i: integers([2, 2], 0, 2, 1, 3) }, ({ i }) => tf.oneHot(i!, 4, 0.9, 0.025, 'float32'), false),
  row('unsortedSegmentSum', { x: floats([4, 2]), i: integers([4], 1, 0, 1, 2) }, ({ x, i }) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 3)),
  plain('range', (x) => tf.add(x, tf.range(0, 4, 1, 'float32'))), plain('linspace', (x) => tf.add(x, tf.linspace(0, 1, 4))),
];

const compositions: readonly ContractRow[] = [
  // its gradient is that of the logits for labels that sum to 1; the one of the labels is not their derivative
  row('losses.softmaxCrossEntropy', { z: floats([4, 3]), y: integers([4], 0, 2, 1, 2) }, ({ z, y }) => tf.losses.softmaxCrossEntropy(tf.oneHot(y!, 3), z!)),
  row('losses.sigmoidCrossEntropy', { z: floats([4, 3]), y: floats([4, 3], 0, 1) }, ({ z, y }) => tf.losses.sigmoidCrossEntropy(y!, z!)),
  row('LSTM cell', { x: floats([2, 3]), k: floats([7, 16]), b: floats([16]), c: floats([2, 4]), h: floats([2, 4]) }, ({ x, k, b, c, h }) => {
    const [cell, hidden] = tf.basicLSTMCell(tf.scalar(1), k as tf.Tensor2D, b as tf.Tensor1D, x as tf.Tensor2D, c as tf.Tensor2D, h as tf.Tensor2D);
    return tf.concat([cell, hidden], 1);
  }),
];

const products: readonly ContractRow[] = [
  ...[[false, false], [false, true], [true, false], [true, true]].map(([ta, tb]) =>
    row(`matMul ${ta ? 'A^T' : 'A'} ${tb ? 'B^T' : 'B'}`, { a: floats(ta ? [4, 3] : [3, 4]), b: floats(tb ? [5, 4] : [4, 5]) },
      ({ a, b }) => tf.matMul(a!, b!, ta, tb))),
  row('batched matMul', { a: floats([2, 3, 4]), b: floats([2, 4, 5]) }, ({ a, b }) => tf.matMul(a!, b!)),
  row('broadcast batched matMul', { a: floats([2, 3, 4]), b: floats([1, 4, 5]) }, ({ a, b }) => tf.matMul(a!, b!)),
  row('dot with a vector', { a: floats([3, 4]), b: floats([4]) }, ({ a, b }) => tf.dot(a!, b!)),
];

export const arrayRows: readonly ContractRow[] = [...reductions, ...rearrangements, ...indexing, ...products, ...compositions];

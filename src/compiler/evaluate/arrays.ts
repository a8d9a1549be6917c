import * as tf from '@tensorflow/tfjs-core';
import type { Reduction } from '../graph/primitives.js';
import { atBatch } from '../signature.js';
import type { EvaluationRules } from './rule.js';

type Reduce = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;
const reduction = (f: Reduce) => ([x]: readonly tf.Tensor[], { axes, keepDims }: Reduction): tf.Tensor =>
  (axes.length === 0 ? x! : f(x!, [...axes], keepDims));

/** Runs `f` with `axis` moved to the end: some eager kernels only work along the last axis. */
function onLastAxis(x: tf.Tensor, axis: number, f: (moved: tf.Tensor) => tf.Tensor): tf.Tensor {
  const order = [...x.shape.flatMap((_, i) => (i === axis ? [] : [i])), axis];
  return tf.transpose(f(tf.transpose(x, order)), order.map((_, i) => order.indexOf(i)));
}

/** begin, begin + stride, ... before end along each axis; an upward end of -k is k times the batch size. */
function slice(x: tf.Tensor, begin: readonly number[], end: readonly number[], strides: readonly number[], batch: number): tf.Tensor {
  return begin.reduce<tf.Tensor>((part, start, axis) => {
    const stride = strides[axis]!;
    const stop = stride > 0 ? atBatch(end, batch)[axis]! : end[axis]!;
    const picked: number[] = [];
    for (let i = start; stride > 0 ? i < stop : i > stop; i += stride) picked.push(i);
    return picked.length === part.shape[axis] && stride === 1 ? part : tf.gather(part, tf.tensor1d(picked, 'int32'), axis);
  }, x);
}

type ArrayOperation =
  | 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'argMax' | 'argMin' | 'softmax' | 'logSoftmax' | 'cumsum'
  | 'matmul' | 'reshape' | 'transpose' | 'broadcastTo' | 'concat' | 'slice' | 'pad' | 'reverse' | 'tile' | 'gather' | 'segmentSum' | 'replaceRows'
  | 'topK' | 'topKIndices' | 'oneHot';

export const arrayEvaluation: EvaluationRules<ArrayOperation> = {
  reduceSum: reduction(tf.sum), reduceMean: reduction(tf.mean), reduceMax: reduction(tf.max), reduceMin: reduction(tf.min),
  reduceProd: reduction(tf.prod),
  argMax: ([x], { axis }) => tf.argMax(x!, axis),
  argMin: ([x], { axis }) => tf.argMin(x!, axis),
  softmax: ([x], { axis }) => onLastAxis(x!, axis, (moved) => tf.softmax(moved)),
  logSoftmax: ([x], { axis }) => onLastAxis(x!, axis, (moved) => tf.logSoftmax(moved)),
  cumsum: ([x], { axis, exclusive, reverse }) => tf.cumsum(x!, axis, exclusive, reverse),
  matmul: ([a, b], { transposeA, transposeB }) => tf.matMul(a!, b!, transposeA, transposeB),
  reshape: ([x], { shape }, batch) => tf.reshape(x!, atBatch(shape, batch)),
  transpose: ([x], { permutation }) => tf.transpose(x!, [...permutation]),
  broadcastTo: ([x], { shape }, batch) => tf.broadcastTo(x!, atBatch(shape, batch)),
  concat: (inputs, { axis }) => tf.concat([...inputs], axis),
  slice: ([x], { begin, end, strides }, batch) => slice(x!, begin, end, strides, batch),
  pad: ([x], { before, after, value }) => tf.pad(x!, before.map((count, i): [number, number] => [count, after[i]!]), value),
  reverse: ([x], { axes }) => tf.reverse(x!, [...axes]),
  tile: ([x], { repeats }) => tf.tile(x!, [...repeats]),
  gather: ([x, indices], { axis }) => tf.gather(x!, indices!, axis),
  segmentSum: ([updates, indices], { size }, batch) => // the eager kernel gives floats
    tf.cast(tf.unsortedSegmentSum(updates!, indices as tf.Tensor1D, atBatch([size], batch)[0]!), updates!.dtype),
  replaceRows: ([x, indices, updates]) => { // the eager kernel writes into its operand
    const copy = tf.tensor(x!.dataSync().slice(), x!.shape, x!.dtype);
    return tf.tensorScatterUpdate(copy, tf.expandDims(indices!, 1), updates!);
  },
  topK: ([x], { k }) => tf.topk(x!, k).values,
  topKIndices: ([x], { k }) => tf.topk(x!, k).indices,
  oneHot: ([indices], { depth, on, off }) => tf.oneHot(indices!, depth, on, off, 'float32'),
};

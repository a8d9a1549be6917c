import * as tf from '@tensorflow/tfjs-core';
import { placed } from '../decompositions/windows.js';
import { fromOperand, type GradientRule } from './rule.js';

/** Gradient of repetition: the copies of each element are added up. */
function sumOfTiles(dy: tf.Tensor, shape: number[], repeats: readonly number[]): tf.Tensor {
  const single = shape.every((length, i) => length === 1 || repeats[i] === 1);
  const repeated = repeats.flatMap((count, i) => (count > 1 ? [i] : []));
  if (single) return repeated.length > 0 ? tf.sum(dy, repeated, true) : tf.clone(dy);
  const split = tf.reshape(dy, shape.flatMap((length, i) => [repeats[i]!, length]));
  return tf.sum(split, shape.map((_, i) => 2 * i));
}

/** A kernel with one result gets one tensor, not a list. */
const listOf = (dys: tf.Tensor | tf.Tensor[]): tf.Tensor[] => [dys].flat();

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, i) => permutation.indexOf(i));

/** Elements of dy at the places of x they were taken from, zeros elsewhere; `begin` and `strides` per axis. */
function unsliced(dy: tf.Tensor, shape: readonly number[], begin: readonly number[], strides: readonly number[]): tf.Tensor {
  return shape.reduce<tf.Tensor>((part, length, axis) => {
    const [start, stride, count] = [begin[axis]!, strides[axis]!, part.shape[axis]!];
    if (count === length && stride === 1) return part;
    return stride > 0 ? placed(part, axis, start, stride, length) : placed(tf.reverse(part, axis), axis, start + (count - 1) * stride, -stride, length);
  }, dy);
}

export const shapeGradients: readonly GradientRule[] = [
  fromOperand('Reshape', (dy, x) => tf.reshape(dy, x.shape)),
  {
    kernelName: 'ExpandDims',
    inputsToSave: ['input'],
    gradFunc: (dy, [input]) => ({ input: () => tf.reshape(dy as tf.Tensor, input!.shape) }),
  },
  { kernelName: 'Transpose', gradFunc: (dy, _, { perm }) => ({ x: () => tf.transpose(dy as tf.Tensor, inverse(perm as number[])) }) },
  fromOperand('Reverse', (dy, x, { dims }) => tf.reverse(dy, tf.util.parseAxisParam(dims as number[], x.shape))),
  fromOperand('Tile', (dy, x, { reps }) => sumOfTiles(dy, x.shape, reps as number[])),
  fromOperand('BroadcastTo', (dy, x) => {
    const padded = [...Array<number>(dy.rank - x.rank).fill(1), ...x.shape];
    return tf.reshape(sumOfTiles(dy, padded, padded.map((length, i) => dy.shape[i]! / length)), x.shape);
  }),
  fromOperand('Slice', (dy, x, { begin, size }) => {
    const [starts, sizes] = tf.slice_util.parseSliceParams(x, begin as number[], size as number[]);
    return tf.pad(dy, starts!.map((start, i): [number, number] => [start, x.shape[i]! - start - sizes![i]!]));
  }),
  fromOperand('PadV2', (dy, x, { paddings }) => tf.slice(dy, (paddings as unknown as number[][]).map(([before]) => before!), x.shape)),
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, parts, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, parts[0]!.shape)[0]!;
      const pieces = tf.split(dy as tf.Tensor, parts.map((part) => part.shape[along]!), along);
      return Object.fromEntries(pieces.map((piece, i) => [i, () => piece]));
    },
  },
  { kernelName: 'SplitV', gradFunc: (dys, _, { axis }) => ({ x: () => tf.concat(listOf(dys), axis as number) }) },
  {
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (dy, _, { axis }) => Object.fromEntries(tf.unstack(dy as tf.Tensor, axis as number).map((piece, i) => [i, () => piece])),
  },
  { kernelName: 'Unpack', gradFunc: (dys, _, { axis }) => ({ value: () => tf.stack(listOf(dys), axis as number) }) },
  fromOperand('StridedSlice', (dy, x, attributes) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes as Record<string, number[] & number>;
    const info = tf.slice_util.sliceInfo(x.shape, begin!, end!, strides!, beginMask!, endMask!, ellipsisMask!, newAxisMask!, shrinkAxisMask!);
    const counts = info.begin.map((start, axis) => Math.max(0, Math.ceil((info.end[axis]! - start) / info.strides[axis]!)));
    return counts.includes(0) ? tf.zerosLike(x) : unsliced(tf.reshape(dy, counts), x.shape, info.begin, info.strides);
  }),
  { kernelName: 'SpaceToBatchND', gradFunc: (dy, _, { blockShape, paddings }) => ({ x: () => tf.batchToSpaceND(dy as tf.Tensor, blockShape as number[], paddings as unknown as number[][]) }) },
  { kernelName: 'BatchToSpaceND', gradFunc: (dy, _, { blockShape, crops }) => ({ x: () => tf.spaceToBatchND(dy as tf.Tensor, blockShape as number[], crops as unknown as number[][]) }) },
];

import * as tf from '@tensorflow/tfjs-core';
import { fromOperand, type GradientRule } from './rule.js';

/** Gradient of repetition: the copies of each element are added up. */
function sumOfTiles(dy: tf.Tensor, shape: number[], repeats: readonly number[]): tf.Tensor {
  const single = shape.every((length, i) => length === 1 || repeats[i] === 1);
  const repeated = repeats.flatMap((count, i) => (count > 1 ? [i] : []));
  if (single) return repeated.length > 0 ? tf.sum(dy, repeated, true) : tf.clone(dy);
  const split = tf.reshape(dy, shape.flatMap((length, i) => [repeats[i]!, length]));
  return tf.sum(split, shape.map((_, i) => 2 * i));
}

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, i) => permutation.indexOf(i));

/** dx of gathering whole slices along `axis`: slices of equal index are added up. */
function scatterSlices(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axis: number): tf.Tensor {
  const outer = x.shape.slice(0, axis);
  const values = tf.reshape(dy, [...outer, indices.size, ...x.shape.slice(axis + 1)]);
  const toFront = [axis, ...x.shape.flatMap((_, i) => (i === axis ? [] : [i]))];
  const summed = tf.unsortedSegmentSum(tf.transpose(values, toFront), tf.reshape<tf.Rank.R1>(indices, [indices.size]), x.shape[axis]!);
  return tf.transpose(summed, inverse(toFront));
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
  { kernelName: 'SplitV', gradFunc: (dys, _, { axis }) => ({ x: () => tf.concat(dys as tf.Tensor[], axis as number) }) },
  {
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (dy, _, { axis }) => Object.fromEntries(tf.unstack(dy as tf.Tensor, axis as number).map((piece, i) => [i, () => piece])),
  },
  { kernelName: 'Unpack', gradFunc: (dys, _, { axis }) => ({ value: () => tf.stack(dys as tf.Tensor[], axis as number) }) },
  {
    kernelName: 'GatherV2',
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, [x, indices], { axis, batchDims }) => ({
      x: () => {
        tf.util.assert(!batchDims, () => `gather: the gradient supports batchDims 0 only, not ${batchDims as number}`);
        return scatterSlices(dy as tf.Tensor, x!, indices!, tf.util.parseAxisParam(axis as number, x!.shape)[0]!);
      },
      indices: () => tf.zerosLike(tf.cast(indices!, 'float32')),
    }),
  },
  {
    kernelName: 'UnsortedSegmentSum',
    inputsToSave: ['segmentIds'],
    gradFunc: (dy, [segmentIds]) => ({ // ids below 0 are dropped by the sum
      x: () => {
        const rows = tf.gather(dy as tf.Tensor, tf.maximum(segmentIds!, tf.zerosLike(segmentIds!)));
        const kept = tf.reshape(tf.greaterEqual(segmentIds!, 0), [segmentIds!.size, ...Array<number>(rows.rank - 1).fill(1)]);
        return tf.mul(rows, tf.cast(kept, 'float32'));
      },
    }),
  },
  { kernelName: 'OneHot', inputsToSave: ['indices'], gradFunc: (_, [indices]) => ({ indices: () => tf.zeros(indices!.shape) }) },
];

import * as tf from '@tensorflow/tfjs-core';
import { counted, sizeOf } from '../decompositions/decomposition.js';
import { rowNumbers } from '../decompositions/scattering.js';
import { none, type GradientRule } from './rule.js';

const rowsOf = (x: tf.Tensor, count: number): tf.Tensor => tf.reshape(x, [count, ...(x.size === 0 ? [0] : [x.size / count])]);

/** x [B, outer, D, inner] as [B D, outer inner]: what indices of each batch choose from. */
interface Layout { readonly batch: number; readonly outer: number; readonly length: number; readonly inner: number }

function layoutOf(x: tf.Tensor, axis: number, batchDims: number): Layout {
  const part = (from: number, to?: number): number => sizeOf(x.shape.slice(from, to));
  return { batch: part(0, batchDims), outer: part(batchDims, axis), length: x.shape[axis]!, inner: part(axis + 1) };
}

/** dx of a gather: the slices of dy are added up at the places they came from. */
function scatterSlices(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axis: number, batchDims: number): tf.Tensor {
  const { batch, outer, length, inner } = layoutOf(x, axis, batchDims);
  const count = indices.size / batch;
  const rows = tf.reshape(tf.transpose(tf.reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3]), [batch * count, outer * inner]);
  const first = tf.mul(tf.reshape(counted(batch), [batch, 1]), tf.scalar(length, 'int32'));
  const within = tf.reshape(tf.cast(indices, 'int32'), [batch, count]);
  const places = tf.reshape<tf.Rank.R1>(batch === 1 ? within : tf.add(within, first), [batch * count]);
  const sums = tf.unsortedSegmentSum(rows, places, batch * length);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batch, length, outer, inner]), [0, 2, 1, 3]), x.shape);
}

/** Indices of one row as a matrix of one row. */
const matrixOf = (indices: tf.Tensor): tf.Tensor => (indices.rank === 1 ? tf.reshape(indices, [1, indices.size]) : indices);

/**
 * Rows that were replaced get no gradient, and of several updates of one row only the last one gets it: `last` holds for
 * each row the number of the update that stayed, or -1.
 */
function replaced(dy: tf.Tensor, indices: tf.Tensor, updates: tf.Tensor): { x: tf.Tensor; updates: tf.Tensor } {
  const depth = indices.rank > 1 ? indices.shape.at(-1)! : 1;
  const count = sizeOf(dy.shape.slice(0, depth));
  const numbers = rowNumbers(indices, dy.shape);
  const order = counted(numbers.size);
  const last = tf.tensorScatterUpdate(tf.fill([count], -1, 'int32'), tf.reshape(numbers, [numbers.size, 1]), order);
  const rows = rowsOf(dy, count);
  const column = (mask: tf.Tensor): tf.Tensor => tf.reshape(tf.cast(mask, 'float32'), [mask.size, 1]);
  const kept = tf.mul(rows, column(tf.less(last, 0)));
  const taken = tf.mul(tf.gather(rows, numbers), column(tf.equal(tf.gather(last, numbers), order)));
  return { x: tf.reshape(kept, dy.shape), updates: tf.reshape(taken, updates.shape) };
}

export const indexingGradients: readonly GradientRule[] = [
  {
    kernelName: 'GatherV2',
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, [x, indices], { axis, batchDims }) => {
      const dims = (batchDims as number | undefined) ?? 0;
      const along = tf.util.parseAxisParam(axis as number, x!.shape)[0]!;
      return { x: () => scatterSlices(dy as tf.Tensor, x!, indices!, along, dims < 0 ? dims + indices!.rank : dims), indices: none(indices!) };
    },
  },
  {
    kernelName: 'GatherNd',
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, [params, indices]) => ({
      params: () => {
        const places = matrixOf(indices!);
        return tf.scatterND(places, tf.reshape(dy as tf.Tensor, [...places.shape.slice(0, -1), ...params!.shape.slice(places.shape.at(-1))]), params!.shape);
      },
      indices: none(indices!),
    }),
  },
  {
    kernelName: 'ScatterNd',
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, [indices, updates]) => ({
      indices: none(indices!),
      updates: () => {
        const places = indices!.rank === 1 ? tf.reshape(indices!, [indices!.size, 1]) : indices!;
        return tf.reshape(tf.gatherND(dy as tf.Tensor, places), updates!.shape);
      },
    }),
  },
  {
    kernelName: 'TensorScatterUpdate',
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, [indices, updates]) => ({
      tensor: () => replaced(dy as tf.Tensor, indices!, updates!).x,
      indices: none(indices!),
      updates: () => replaced(dy as tf.Tensor, indices!, updates!).updates,
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
      segmentIds: none(segmentIds!),
    }),
  },
  { // each value goes back to where it stood
    kernelName: 'TopK',
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, [x, indices]) => ({
      x: () => {
        const [length, k] = [x!.shape.at(-1)!, indices!.shape.at(-1)!];
        const rows = x!.size / length;
        const places = tf.add(tf.reshape(indices!, [rows, k]), tf.mul(tf.reshape(counted(rows), [rows, 1]), tf.scalar(length, 'int32')));
        const sums = tf.unsortedSegmentSum(tf.reshape((dys as tf.Tensor[])[0]!, [rows * k]), tf.reshape<tf.Rank.R1>(places, [rows * k]), rows * length);
        return tf.reshape(sums, x!.shape);
      },
    }),
  },
  { kernelName: 'OneHot', inputsToSave: ['indices'], gradFunc: (_, [indices]) => ({ indices: none(indices!) }) },
  ...['SearchSorted', 'LowerBound', 'UpperBound'].map((kernelName): GradientRule => ({
    kernelName,
    inputsToSave: ['sortedSequence', 'values'],
    gradFunc: (_, [sortedSequence, values]) => ({ sortedSequence: none(sortedSequence!), values: none(values!) }),
  })),
];

import * as tf from '@tensorflow/tfjs-core';
import { counted, sizeOf, type Decomposition, type Decompositions } from './decomposition.js';

/** Indices [..., k] into the first k axes of `shape` as row numbers [n]; a vector of indices has k = 1. */
export function rowNumbers(indices: tf.Tensor, shape: readonly number[]): tf.Tensor1D {
  const depth = indices.rank > 1 ? indices.shape.at(-1)! : 1;
  const leading = shape.slice(0, depth);
  const strides = tf.tensor1d(leading.map((_, i) => sizeOf(leading.slice(i + 1))), 'int32');
  return tf.sum(tf.mul(tf.reshape(tf.cast(indices, 'int32'), [indices.size / depth, depth]), strides), 1);
}

/** Rows added up at their places in zeros of `shape`. */
const scatterNd: Decomposition = ({ indices, updates }, { shape }) => {
  const target = shape as number[];
  const depth = indices!.rank > 1 ? indices!.shape.at(-1)! : 1;
  const numbers = rowNumbers(indices!, target);
  const rows = tf.reshape(updates!, [numbers.size, ...target.slice(depth)]);
  const sums = tf.unsortedSegmentSum(rows, numbers, sizeOf(target.slice(0, depth)));
  return tf.reshape(tf.cast(sums, updates!.dtype), target);
};

/** The default everywhere but at the indices; a single value stands at all of them. */
const sparseToDense: Decomposition = ({ sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
  const shape = outputShape as number[];
  const indices = sparseIndices!.rank === 0 ? tf.reshape(sparseIndices!, [1]) : sparseIndices!;
  const count = indices.shape[0];
  const values = sparseValues!.rank === 0 ? tf.broadcastTo(sparseValues!, [count]) : sparseValues!;
  return tf.tensorScatterUpdate(tf.broadcastTo(defaultValue!, shape), indices.rank > 1 ? indices : tf.reshape(indices, [count, 1]), values);
};

/** Counts (or sums of weights) of 0 ... size - 1 along the last axis; larger values fall into a bucket that is dropped. */
const bincount: Decomposition = ({ x, weights }, { size, binaryOutput }) => {
  const buckets = size as number;
  const [rows, columns] = x!.rank === 2 ? (x!.shape as [number, number]) : [1, x!.size];
  const inside = tf.minimum(tf.reshape(x!, [rows, columns]), tf.scalar(buckets, 'int32'));
  const places = tf.add(inside, tf.mul(tf.reshape(counted(rows), [rows, 1]), tf.scalar(buckets + 1, 'int32')));
  const amounts = weights!.size > 0 && !binaryOutput ? tf.reshape(weights!, [rows * columns]) : tf.ones([rows * columns], weights!.dtype);
  const sums = tf.unsortedSegmentSum(amounts, tf.reshape<tf.Rank.R1>(places, [rows * columns]), rows * (buckets + 1));
  const counts = tf.slice(tf.reshape(sums, [rows, buckets + 1]), [0, 0], [rows, buckets]);
  const result = binaryOutput ? tf.cast(tf.greater(counts, 0), weights!.dtype) : counts;
  return x!.rank === 2 ? result : tf.reshape(result, [buckets]);
};

export const scatteringDecompositions: Decompositions = {
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  Bincount: bincount,
  DenseBincount: bincount,
};

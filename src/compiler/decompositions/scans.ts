import * as tf from '@tensorflow/tfjs-core';
import type { Decomposition, Decompositions } from './decomposition.js';
import { extended } from './windows.js';

/**
 * Products by doubling: after step s element i holds the product of the 2^s elements that end with it, so log2(n) steps
 * are enough. `reverse` counts from the end; `exclusive` leaves the element itself out.
 */
const cumprod: Decomposition = ({ x }, { axis, exclusive, reverse }) => {
  const along = tf.util.parseAxisParam(axis as number, x!.shape)[0]!;
  const length = x!.shape[along]!;
  /** Moves elements by `count` places in the direction of the scan; ones come in. */
  const moved = (product: tf.Tensor, count: number): tf.Tensor => extended(product, along, reverse ? -count : count, reverse ? count : -count, 1);
  let product = x!.dtype === 'bool' ? tf.cast(x!, 'int32') : x!;
  if (exclusive && length > 0) product = moved(product, 1);
  for (let step = 1; step < length; step *= 2) product = tf.mul(product, moved(product, step));
  return product;
};

/** How many elements of each sorted row are below each value (`or` equal to it): where it would be inserted. */
const places = (below: typeof tf.less): Decomposition => ({ sortedSequence, values }) => {
  const isBelow = below(tf.expandDims(sortedSequence!, 1), tf.expandDims(values!, 2)); // [rows, values, sequence]
  return tf.sum(tf.cast(isBelow, 'int32'), 2);
};
const [lower, upper] = [places(tf.less), places(tf.lessEqual)];

export const scanDecompositions: Decompositions = {
  Cumprod: cumprod,
  SearchSorted: (operands, attributes) => (attributes.side === 'left' ? lower : upper)(operands, attributes),
  LowerBound: lower,
  UpperBound: upper,
};

import type * as tf from '@tensorflow/tfjs-core';
import { placed, strided } from './windows.js';

/** (length - 1) dilation + 1 along each leading axis of a filter shape. */
export const inflatedShape = (filter: readonly number[], dilations: readonly number[]): number[] =>
  filter.map((length, axis) => (length - 1) * (dilations[axis] ?? 1) + 1);

/** A filter with zeros between its elements: convolving with it is convolving with dilation. */
export const inflated = (filter: tf.Tensor, dilations: readonly number[]): tf.Tensor => dilations.reduce<tf.Tensor>(
  (part, dilation, axis) => (dilation === 1 ? part : placed(part, axis, 0, dilation, (part.shape[axis]! - 1) * dilation + 1)), filter,
);

/** The elements of an inflated filter that are those of the filter itself. */
export const deflated = (filter: tf.Tensor, dilations: readonly number[]): tf.Tensor => dilations.reduce<tf.Tensor>(
  (part, dilation, axis) => (dilation === 1 ? part : strided(part, axis, 0, dilation, (part.shape[axis]! - 1) / dilation + 1)), filter,
);

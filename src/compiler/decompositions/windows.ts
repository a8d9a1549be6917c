import * as tf from '@tensorflow/tfjs-core';
import { withLength } from './decomposition.js';

/** Padding [before, after] along one axis of a tensor of rank `rank`. */
const paddings = (rank: number, axis: number, before: number, after: number): [number, number][] =>
  Array.from({ length: rank }, (_, i) => (i === axis ? [before, after] : [0, 0]));

/** `x` with `before` and `after` more elements of `value` along an axis; fewer where a number is negative. */
export function extended(x: tf.Tensor, axis: number, before: number, after: number, value = 0): tf.Tensor {
  const [cutBefore, cutAfter] = [Math.max(0, -before), Math.max(0, -after)];
  const size = withLength(x.shape, axis, x.shape[axis]! - cutBefore - cutAfter);
  const kept = cutBefore + cutAfter === 0 ? x : tf.slice(x, withLength(x.shape.map(() => 0), axis, cutBefore), size);
  if (before <= 0 && after <= 0) return kept;
  return tf.pad(kept, paddings(x.rank, axis, Math.max(0, before), Math.max(0, after)), value);
}

/** x[start], x[start + stride], ...: `count` elements along an axis. */
export function strided(x: tf.Tensor, axis: number, start: number, stride: number, count: number): tf.Tensor {
  const zeros = x.shape.map(() => 0);
  const begin = withLength(zeros, axis, start);
  if (stride === 1) return tf.slice(x, begin, withLength(x.shape, axis, count));
  const end = withLength(x.shape, axis, start + (count - 1) * stride + 1);
  return tf.stridedSlice(x, begin, end, withLength(zeros.map(() => 1), axis, stride));
}

/** The adjoint of `strided`: the elements of `dy` at start, start + stride, ... of `length` zeros along an axis. */
export function placed(dy: tf.Tensor, axis: number, start: number, stride: number, length: number): tf.Tensor {
  const count = dy.shape[axis]!;
  const [head, tail] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const apart = stride === 1 ? dy : tf.reshape(extended(tf.reshape(dy, [...head, count, 1, ...tail]), axis + 1, 0, stride - 1), [...head, count * stride, ...tail]);
  return extended(apart, axis, start, length - start - apart.shape[axis]!);
}

/** One axis that a window slides along: `before` elements of padding precede the `length` of x. */
export interface Line {
  readonly length: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  /** Number of positions of the window. */
  readonly count: number;
}

/** Elements behind the end of x that the last window reaches; negative where it ends inside. */
export const reach = ({ length, window, stride, dilation, before, count }: Line): number =>
  (count - 1) * stride + (window - 1) * dilation + 1 - before - length;

/** For each element of the window, the elements of x that it meets: [..., count, ...] along the axis. */
export function taps(x: tf.Tensor, axis: number, line: Line, value: number): tf.Tensor[] {
  const whole = extended(x, axis, line.before, Math.max(0, reach(line)), value);
  return Array.from({ length: line.window }, (_, tap) => strided(whole, axis, tap * line.dilation, line.stride, line.count));
}

/** The adjoint of `taps` with padding of zeros: every element of each tap added back to where it was met. */
export function gathered(dys: readonly tf.Tensor[], axis: number, line: Line): tf.Tensor {
  const length = line.before + line.length + Math.max(0, reach(line));
  const sum = dys.map((dy, tap) => placed(dy, axis, tap * line.dilation, line.stride, length)).reduce((a, b) => tf.add(a, b));
  return extended(sum, axis, -line.before, -Math.max(0, reach(line)));
}

/** For each tap, 1 where it is the first that equals the largest: [..., count, ...] in float32. */
export function firstLargest(values: readonly tf.Tensor[], largest: tf.Tensor): tf.Tensor[] {
  let open = tf.onesLike(largest);
  return values.map((value) => {
    const chosen = tf.mul(tf.cast(tf.equal(value, largest), 'float32'), open);
    open = tf.sub(open, chosen);
    return chosen;
  });
}

export const largestOf = (values: readonly tf.Tensor[]): tf.Tensor => values.reduce((a, b) => tf.maximum(a, b));

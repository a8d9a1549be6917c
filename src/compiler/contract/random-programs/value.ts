import type * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../tensors.js';

/** What is known of a value before the program runs. */
export interface Value {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bounds of every element; for bool 0 and 1. */
  readonly low: number;
  readonly high: number;
  /** The same bits on every engine: inputs, integers, and copies of them. Only these are compared or cut to integers. */
  readonly exact: boolean;
}

/** A value and how to compute it from the tensors of the operands. */
export interface Made extends Value {
  readonly run: (...operands: tf.Tensor[]) => tf.Tensor;
  /** Attributes, for the print. */
  readonly note?: string;
}

/** One kind of step: makes a value from operands, or nothing where they do not suit it. `choice` picks axes and the like. */
export interface Operation {
  readonly name: string;
  readonly arity: 1 | 2 | 3;
  readonly make: (operands: readonly Value[], choice: number) => Made | undefined;
}

/** Larger values are not built, so that rounding stays far below the tolerance and programs stay small. */
const MOST_ELEMENTS = 400;
const LARGEST = 60;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);
export const isFloat = ({ dtype }: Value): boolean => dtype === 'float32';

/** `made` when it is within the limits. */
export function limited(made: Made): Made | undefined {
  const fits = sizeOf(made.shape) <= MOST_ELEMENTS && sizeOf(made.shape) > 0 && made.shape.length <= 5;
  return fits && made.low >= -LARGEST && made.high <= LARGEST ? made : undefined;
}

/** The axis, and the rest of the choice. */
export const axisOf = ({ shape }: Value, choice: number): [axis: number, rest: number] => [choice % shape.length, Math.floor(choice / shape.length)];

export const replaced = (shape: readonly number[], axis: number, length: number): number[] => shape.map((each, i) => (i === axis ? length : each));

/** NumPy broadcasting, or nothing. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const lengths = Array.from({ length: rank }, (_, i) => [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1] as const);
  return lengths.every(([left, right]) => left === right || left === 1 || right === 1) ? lengths.map(([left, right]) => Math.max(left, right)) : undefined;
}

import * as tf from '@tensorflow/tfjs-core';

export type Operands = Readonly<Record<string, tf.Tensor>>;

/**
 * A kernel in terms of others: the same function of its operands and attributes, in TensorFlow.js operations. A trace
 * records these operations, and gradient rules differentiate them.
 */
export type Decomposition = (operands: Operands, attributes: tf.NamedAttrMap) => tf.Tensor;

export type Decompositions = Readonly<Record<string, Decomposition>>;

/** Runs a kernel by its name: for attributes that the operations of TensorFlow.js do not pass on. */
export const kernel = (name: string, operands: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): tf.Tensor =>
  tf.engine().runKernel(name, operands, attributes);

/** 0, 1, ... count - 1 as int32; counted at run time, since the count may depend on the batch size. */
export const counted = (count: number): tf.Tensor1D => tf.cumsum(tf.ones([count], 'int32'), 0, true);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** `shape` with the length along one axis replaced. */
export const withLength = (shape: readonly number[], axis: number, length: number): number[] =>
  shape.map((each, i) => (i === axis ? length : each));

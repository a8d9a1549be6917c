import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import { Key, uniform } from '../random/index.js';
import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';

/** One supported kernel: a program of a few operations, its inputs, and whether its gradient is part of the contract. */
export interface ContractRow extends RowOptions {
  readonly name: string;
  readonly apply: (inputs: NamedTensors) => tf.Tensor;
  readonly inputs: NamedHostTensors;
  /** Gradients with respect to the float inputs are compared too. */
  readonly gradient: boolean;
  readonly tolerance: number;
}

export interface RowOptions {
  /** Largest difference from the reference, relative and absolute alike; 1e-5 where the row says nothing. */
  readonly tolerance?: number;
  /** What eager `cpu` runs in place of `apply`, where its own kernel is missing or wrong. */
  readonly instead?: Substitute;
  /** Inputs whose first axis may be the batch: the row is then also compiled for every batch size. */
  readonly batched?: readonly string[];
}

export interface Substitute {
  readonly why: string;
  readonly apply: (inputs: NamedTensors) => tf.Tensor;
}

/** float32 values uniform on [low, high), the same on every run. */
export function floats(shape: readonly number[], low = -2, high = 2, seed = 'contract'): HostTensor {
  const data = uniform(Key.from(`${seed} ${shape.join(',')} ${low} ${high}`), sizeOf(shape)).map((u) => low + u * (high - low));
  return { dtype: 'float32', shape, data };
}

export const integers = (shape: readonly number[], ...values: readonly number[]): HostTensor =>
  ({ dtype: 'int32', shape, data: Int32Array.from(values) });

export const booleans = (shape: readonly number[], ...values: readonly number[]): HostTensor =>
  ({ dtype: 'bool', shape, data: Uint8Array.from(values) });

export const row = (name: string, inputs: NamedHostTensors, apply: ContractRow['apply'], gradient = true, options: RowOptions = {}): ContractRow =>
  ({ name, inputs, apply, gradient, tolerance: 1e-5, ...options });

/** How much one step along each axis adds to the cotangent, in thirteenths. */
const STEPS = [7, 5, 3, 11, 2, 9];

/**
 * Cotangent that differs from element to element, so that misplaced elements show. Elements are counted at run time: no
 * constant depends on the batch size.
 */
function cotangent(shape: readonly number[]): tf.Tensor {
  const counts = shape.map((length, axis) =>
    tf.reshape(tf.mul(tf.cumsum(tf.ones([length]), 0, true), STEPS[axis]!), shape.map((_, i) => (i === axis ? length : 1))));
  const sum = counts.reduce<tf.Tensor>((a, b) => tf.add(a, b), tf.scalar(0));
  return tf.add(0.3, tf.div(tf.mod(sum, 13), 13));
}

/** Outputs `y`, and `d <input>` = d sum(y * cotangent) / d input for each float input. */
export function contractProgram({ name, apply, inputs, gradient }: ContractRow): Program {
  return {
    name,
    apply(_, tensors) {
      const y = apply(tensors);
      if (!gradient) return { outputs: { y } };
      const wrt = Object.keys(inputs).filter((key) => inputs[key]!.dtype === 'float32');
      const f = (...floatInputs: tf.Tensor[]): tf.Tensor =>
        apply({ ...tensors, ...Object.fromEntries(wrt.map((key, i) => [key, floatInputs[i]!])) });
      const gradients = tf.grads(f)(wrt.map((key) => tensors[key]!), cotangent(y.shape));
      return { outputs: { y, ...Object.fromEntries(wrt.map((key, i) => [`d ${key}`, gradients[i]!])) } };
    },
  };
}

/** What eager `cpu` runs as the reference of a row. */
export const eagerProgram = (of: ContractRow): Program => contractProgram({ ...of, apply: of.instead?.apply ?? of.apply });

export const contractSignature = ({ inputs }: ContractRow): ProgramSignature => ({ state: {}, inputs });

/** The signature of a row for every batch size. */
export const batchSignature = ({ inputs, batched = [] }: ContractRow): ProgramSignature => ({
  state: {},
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, { dtype, shape }]) =>
    [name, { dtype, shape: batched.includes(name) ? [-1, ...shape.slice(1)] : shape }])),
});

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import { Key, uniform } from '../random/index.js';
import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';

/** One supported kernel: a program of a few operations, its inputs, and whether its gradient is part of the contract. */
export interface ContractRow {
  readonly name: string;
  readonly apply: (inputs: NamedTensors) => tf.Tensor;
  readonly inputs: NamedHostTensors;
  /** Gradients with respect to the float inputs are compared too. */
  readonly gradient: boolean;
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

export const row = (name: string, inputs: NamedHostTensors, apply: ContractRow['apply'], gradient = true): ContractRow =>
  ({ name, inputs, apply, gradient });

/** Cotangent that differs from element to element, so that misplaced elements show. */
const cotangent = (shape: readonly number[]): tf.Tensor =>
  tf.tensor(Float32Array.from({ length: sizeOf(shape) }, (_, i) => 0.3 + ((i * 7) % 13) / 13), [...shape]);

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

export const contractSignature = ({ inputs }: ContractRow): ProgramSignature => ({ state: {}, inputs });

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { engineFor } from '../engines.js';
import type { NamedTensors } from '../program.js';
import type { HostTensor } from '../tensors.js';
import { customGradient, ifElse, stopGradient } from './index.js';

const vector = (...values: number[]): HostTensor => ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) });

/** d sum(f(x)) / dx on an engine. */
async function gradient(engine: 'cpu' | 'onnx', f: (x: tf.Tensor) => tf.Tensor, x: HostTensor): Promise<number[]> {
  const program = { name: 'gradient', apply: (_: NamedTensors, inputs: NamedTensors) => ({ outputs: { dx: tf.grad((at: tf.Tensor) => tf.sum(f(at)))(inputs.x!) } }) };
  const executable = await engineFor(engine).compile(program, { state: {}, inputs: { x } }, { state: {} });
  const { dx } = await executable.run({ x });
  await executable.dispose();
  return Array.from(dx!.data);
}

describe.each(['cpu', 'onnx'] as const)('gradients in programs on the engine %s', (engine) => {
  it('stop: d (x stop(x^2)) / dx = x^2', async () => {
    expect(await gradient(engine, (x) => tf.mul(x, stopGradient(tf.square(x))), vector(1, -2, 3))).toEqual([1, 4, 9]);
  });

  it('are zero, not undefined, where nothing else depends on x', async () => {
    expect(await gradient(engine, (x) => stopGradient(x), vector(1, -2))).toEqual([0, 0]);
  });

  it('are given: straight through a rounding, with operands and value at hand', async () => {
    const round = customGradient((x) => ({ value: tf.round(x), gradient: (dy, [operand], value) => [tf.mul(dy, tf.sub(operand!, value))] }));
    expect(await gradient(engine, (x) => tf.mul(round(x), 2), vector(1.25, -0.25, 3))).toEqual([0.5, -0.5, 0]);
  });

  it('of several operands are given in their order', async () => {
    const product = customGradient((a, b) => ({ value: tf.mul(a, b), gradient: (dy, [x, y]) => [tf.mul(dy, y!), tf.neg(tf.mul(dy, x!))] }));
    expect(await gradient(engine, (x) => product(x, tf.add(x, 1)), vector(2, 5))).toEqual([1, 1]); // (x + 1) - x
  });

  it('choose: only the chosen side has a gradient, and a choice of operands keeps it finite', async () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.log(ifElse(tf.greater(x, 0), x, tf.onesLike(x)));
    expect(await gradient(engine, f, vector(2, -4, 0))).toEqual([0.5, 0, 0]);
    expect(await gradient(engine, (x) => ifElse(tf.less(tf.sum(x), 0), tf.mul(x, 3), tf.square(x)), vector(1, 2))).toEqual([2, 4]);
  });
});

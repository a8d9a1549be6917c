import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { engineFor } from '../engines.js';
import { optimise } from '../passes/index.js';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import { Key, uniform } from '../random/index.js';
import { findStrips } from '../schedule/strips.js';
import { trace } from '../trace/index.js';
import type { HostTensor, NamedHostTensors, Shape } from '../tensors.js';

/** Nine strips, the last of which begins inside of the one before. */
const shape: Shape = [1001, 1100];
const size = 1001 * 1100;
const numbers = (seed: string): HostTensor => ({ dtype: 'float32', shape, data: uniform(Key.from(seed), size).map((u) => 4 * u - 2) });
const scalar: HostTensor = { dtype: 'float32', shape: [], data: Float32Array.of(0.3) };

const program = (apply: (inputs: NamedTensors, state: NamedTensors) => Record<string, tf.Tensor>): Program =>
  ({ name: 'strips', apply: (state, inputs) => ({ outputs: apply(inputs, state) }) });
const chain = program(({ x, y, a }, { s }) => {
  const h = tf.tanh(tf.mul(tf.sigmoid(x!), tf.add(y!, a!)));
  return { h, masked: tf.where(tf.greater(h, s!), tf.sqrt(tf.abs(h)), 0.5), above: tf.greater(h, 0.25) };
});
const signature: ProgramSignature = {
  inputs: { x: { dtype: 'float32', shape }, y: { dtype: 'float32', shape }, a: { dtype: 'float32', shape: [] } }, state: { s: { dtype: 'float32', shape } },
};
const inputs: NamedHostTensors = { x: numbers('x'), y: numbers('y'), a: scalar };
const state: NamedHostTensors = { s: numbers('s') };

const stripsOf = (tried: Program, given: ProgramSignature = signature): ReturnType<typeof findStrips> => findStrips(optimise(trace(tried, given)).graph);

describe('elementwise models in strips', () => {
  it('cover every element once or twice, read scalars whole, and agree with eager cpu', async () => {
    expect(stripsOf(chain)).toMatchObject({ elements: size, strip: 131_072, parts: new Set(['x', 'y', 's']) });
    const [expected, actual] = await Promise.all((['cpu', 'onnx'] as const).map(async (name) => {
      const executable = await engineFor(name).compile(chain, signature, { state, threads: 2 });
      const outputs = await executable.run(inputs);
      await executable.dispose();
      return outputs;
    }));
    expect(difference(actual!, expected!, 1e-5, 1e-5)).toBeUndefined();
  });

  it.each<[string, Program]>([
    ['sums', program(({ x, y }) => ({ z: tf.sum(tf.tanh(tf.sigmoid(tf.add(x!, y!)))) }))],
    ['products', program(({ x, y }) => ({ z: tf.tanh(tf.sigmoid(tf.matMul(x!, y!, false, true))) }))],
    ['rows that broadcast', program(({ x, y }) => ({ z: tf.tanh(tf.sigmoid(tf.mul(x!, tf.slice(y!, [0, 0], [1, 1100])))) }))],
    ['two operations', program(({ x, y }) => ({ z: tf.tanh(tf.mul(x!, y!)) }))],
    ['an input that is a result', program(({ x, y }) => ({ x: x!, z: tf.tanh(tf.sigmoid(tf.mul(x!, y!))) }))],
  ])('are not made of %s', (_, tried) => expect(stripsOf(tried)).toBeUndefined());

  it('are not made of small tensors or of those of any batch size', () => {
    const spec = (of: Shape): ProgramSignature => ({ inputs: { x: { dtype: 'float32', shape: of }, y: { dtype: 'float32', shape: of }, a: { dtype: 'float32', shape: [] } }, state: {} });
    const plain = program(({ x, y, a }) => ({ z: tf.tanh(tf.sigmoid(tf.add(tf.mul(x!, y!), a!))) }));
    expect(stripsOf(plain, spec(shape))).toBeDefined();
    expect(stripsOf(plain, spec([100, 100]))).toBeUndefined();
    expect(stripsOf(plain, spec([-1, 1100]))).toBeUndefined();
  });
});

describe('results that are given back', () => {
  const double = program(({ x }) => ({ y: tf.mul(x!, 2) }));
  const large: ProgramSignature = { inputs: { x: { dtype: 'float32', shape: [size] } }, state: {} };
  const given = (value: number): NamedHostTensors => ({ x: { dtype: 'float32', shape: [size], data: new Float32Array(size).fill(value) } });
  const ends = ({ y }: NamedHostTensors): number[] => [y!.data[0]!, y!.data[size - 1]!];

  it('are the memory of later ones; those that are kept stay as they are', async () => {
    const executable = await engineFor('onnx').compile(double, large, { state: {}, threads: 1 });
    const [kept, first] = [await executable.run(given(1)), await executable.run(given(2))];
    executable.recycle(first);
    executable.recycle(first);
    const [second, third] = [await executable.run(given(3)), await executable.run(given(4))];
    expect(second['y']!.data).toBe(first['y']!.data);
    expect(third['y']!.data).not.toBe(second['y']!.data);
    expect([kept, second, third].map(ends)).toEqual([[2, 2], [6, 6], [8, 8]]);
    await executable.dispose();
  });

  it('leaves alone what is not a result, and what another thread has', async () => {
    const executable = await engineFor('onnx').compile(double, large, { state: {}, threads: 1 });
    const mine = given(1);
    executable.recycle(mine);
    const sent = await executable.run(mine);
    structuredClone(sent['y']!.data, { transfer: [sent['y']!.data.buffer as ArrayBuffer] });
    executable.recycle(sent);
    expect(ends(await executable.run(given(5)))).toEqual([10, 10]);
    expect(mine['x']!.data[0]).toBe(1);
    await executable.dispose();
  });
});

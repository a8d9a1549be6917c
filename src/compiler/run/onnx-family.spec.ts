import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { Key, normal } from '../random/index.js';
import { engineFor } from '../engines.js';
import type { Executable, NamedTensors, Program, ProgramSignature } from '../program.js';
import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../tensors.js';

const onnx = engineFor('onnx');
const open: Pick<Executable, 'dispose'>[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});
const keep = <T extends Pick<Executable, 'dispose'>>(executable: T): T => {
  open.push(executable);
  return executable;
};

const float = (shape: readonly number[], data: readonly number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
const random = (shape: readonly number[], seed: string): HostTensor => ({ dtype: 'float32', shape, data: normal(Key.from(seed), sizeOf(shape)) });
const specs = (tensors: NamedHostTensors): NamedSpecs => Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

/** x W with W 7 x 5 (35 elements: not a multiple of 4), squared error, momentum; `expose` forbids fusing by also returning the new W. */
const regression = (expose: boolean): Program => ({
  name: 'regression',
  apply({ w, v, count }, { x, y, rate }) {
    const loss = (at: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, at as tf.Tensor2D), y!)));
    const { value, grad } = tf.valueAndGrad((at: tf.Tensor) => loss(at))(w!);
    const velocity = tf.add(tf.mul(v!, 0.9), tf.clipByValue(grad, -0.5, 0.5));
    const next = tf.sub(w!, tf.mul(velocity, rate!));
    return { outputs: { loss: value, ...(expose ? { next, velocity } : {}) }, state: { w: next, v: velocity, count: tf.add(count!, 1) } };
  },
});
const state = (): NamedHostTensors => ({ w: random([7, 5], 'w'), v: float([7, 5], new Array<number>(35).fill(0)), count: float([], [0]) });
const inputs: NamedHostTensors = { x: random([6, 7], 'x'), y: random([6, 5], 'y'), rate: float([], [0.1]) };
const signature: ProgramSignature = { state: specs(state()), inputs: specs(inputs) };

const compile = async (program: Program, threads = 1): Promise<Executable> => keep(await onnx.compile(program, signature, { state: state(), threads }));

describe('state of the onnx engine', () => {
  it('fused updates equal unfused ones to 1e-6', async () => {
    const [fused, unfused] = [await compile(regression(false)), await compile(regression(true))];
    for (let call = 0; call < 20; call++) await Promise.all([fused.run(inputs), unfused.run(inputs)]);
    const [a, b] = [await fused.readState(), await unfused.readState()];
    for (const name of ['w', 'v', 'count']) {
      a[name]!.data.forEach((value, i) => expect(Math.abs(value - b[name]!.data[i]!)).toBeLessThanOrEqual(1e-6 * Math.abs(b[name]!.data[i]!)));
    }
    expect(a['count']!.data[0]).toBe(20);
  });

  it('gives the same bits with one and two threads', async () => {
    const [one, two] = [await compile(regression(false), 1), await compile(regression(false), 2)];
    for (let call = 0; call < 10; call++) expect(await one.run(inputs)).toEqual(await two.run(inputs));
    expect(await one.readState()).toEqual(await two.readState());
  });

  it('shares one state among the programs of a family, fused and swapped updates mixed', async () => {
    const double: Program = { name: 'double', apply: ({ w }: NamedTensors) => ({ outputs: { w: tf.mul(w!, 2) }, state: { w: tf.mul(w!, 2) } }) };
    const entries = { train: { program: regression(false), inputs: specs(inputs) }, double: { program: double, inputs: {} } };
    const family = keep(await onnx.compileFamily(entries, signature.state, { state: state(), threads: 1 }));
    await family.run('train', inputs);
    const { w: before } = await family.readState(['w']);
    const { w } = await family.run('double', {});
    expect(w!.data).toEqual(before!.data.map((value) => 2 * value));
    const reference = await compile(regression(false));
    await reference.run(inputs);
    await reference.writeState({ w: w! });
    expect(await family.run('train', inputs)).toEqual(await reference.run(inputs));
    expect(await family.readState()).toEqual(await reference.readState());
    await expect(family.run('test', {})).rejects.toMatchObject({ code: 'program-entry-unknown' });
  });
});

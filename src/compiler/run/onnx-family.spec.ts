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

  it('queues concurrent calls, each on the state that its predecessor left', async () => {
    const [together, apart] = [await compile(regression(false)), await compile(regression(false))];
    const losses = await Promise.all(Array.from({ length: 5 }, () => together.run(inputs)));
    for (const loss of losses) expect(loss).toEqual(await apart.run(inputs));
    expect(losses[4]!['loss']!.data[0]).toBeLessThan(losses[0]!['loss']!.data[0]!);
  });

  it('exchanges state tensors as a whole: all are computed from the old values', async () => {
    const swap: Program = { name: 'swap', apply: ({ a, b }) => ({ outputs: {}, state: { a: tf.mul(b!, 2), b: tf.add(a!, 1) } }) };
    const start = { a: float([3], [1, 2, 3]), b: float([3], [10, 20, 30]) };
    const executable = keep(await onnx.compile(swap, { state: specs(start), inputs: {} }, { state: start }));
    await executable.run({});
    await executable.run({});
    expect(await executable.readState()).toEqual({ a: float([3], [4, 6, 8]), b: float([3], [21, 41, 61]) });
  });

  it('results and states read stay as they were', async () => {
    const executable = await compile(regression(true));
    const [first, read] = [await executable.run(inputs), await executable.readState(['w'])];
    const copy = structuredClone({ first, read });
    await executable.run(inputs);
    expect({ first, read }).toEqual(copy);
  });

  it('overwrites the named tensors only, and refuses what does not fit', async () => {
    const executable = await compile(regression(false));
    await executable.run(inputs);
    const { v } = await executable.readState(['v']);
    await executable.writeState({ w: state()['w']! });
    expect(await executable.readState(['w', 'v'])).toEqual({ w: state()['w'], v });
    await expect(executable.writeState({ w: float([2], [1, 2]) })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(executable.writeState({ u: float([1], [1]) })).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(executable.readState(['u'])).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(executable.run({ ...inputs, x: random([6, 8], 'x') })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(executable.run({ x: inputs['x']! })).rejects.toMatchObject({ code: 'tensor-missing' });
  });

  it('refuses to run after dispose', async () => {
    const executable = await onnx.compile(regression(false), signature, { state: state() });
    await executable.dispose();
    await executable.dispose();
    await expect(executable.run(inputs)).rejects.toMatchObject({ code: 'executable-disposed' });
    await expect(executable.readState()).rejects.toMatchObject({ code: 'executable-disposed' });
  });

  it('takes and gives bool and int32', async () => {
    const program: Program = {
      name: 'types',
      apply: ({ seen }, { mask, index }) => ({
        outputs: { flipped: tf.logicalNot(mask!), next: tf.add(index!, tf.scalar(1, 'int32')) },
        state: { seen: tf.logicalOr(seen!, mask!) },
      }),
    };
    const seen: HostTensor = { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 0, 1) };
    const call: NamedHostTensors = { mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 0) }, index: { dtype: 'int32', shape: [2], data: Int32Array.of(4, -7) } };
    const executable = keep(await onnx.compile(program, { state: specs({ seen }), inputs: specs(call) }, { state: { seen } }));
    expect(await executable.run(call)).toEqual({
      flipped: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 1) }, next: { dtype: 'int32', shape: [2], data: Int32Array.of(5, -6) },
    });
    expect((await executable.readState())['seen']!.data).toEqual(Uint8Array.of(1, 0, 1));
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

  it('needs no more memory after 500 calls than after 100', async () => {
    const executable = await compile(regression(true));
    for (let call = 0; call < 100; call++) await executable.run(inputs);
    const before = process.memoryUsage().rss;
    for (let call = 0; call < 500; call++) await executable.run(inputs);
    expect(process.memoryUsage().rss - before).toBeLessThan(30e6);
  });
});

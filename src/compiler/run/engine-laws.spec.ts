import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { chosenEngines } from '../contract/engines.js';
import { engineFor } from '../engines.js';
import type { Executable, NamedTensors, Program, ProgramSignature } from '../program.js';
import { Key, normal } from '../random/index.js';
import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../tensors.js';

const float = (shape: readonly number[], data: readonly number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
const random = (shape: readonly number[], seed: string): HostTensor => ({ dtype: 'float32', shape, data: normal(Key.from(seed), sizeOf(shape)) });
const specs = (tensors: NamedHostTensors): NamedSpecs => Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

/** w <- w - rate d/dw mean((x w - y)^2), v <- 0.9 v + gradient. */
const regression: Program = {
  name: 'regression',
  apply({ w, v }, { x, y, rate }) {
    const loss = (at: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, at as tf.Tensor2D), y!)));
    const { value, grad } = tf.valueAndGrad(loss)(w!);
    return { outputs: { loss: value }, state: { w: tf.sub(w!, tf.mul(grad, rate!)), v: tf.add(tf.mul(v!, 0.9), grad) } };
  },
};
const state = (): NamedHostTensors => ({ w: random([7, 5], 'w'), v: float([7, 5], new Array<number>(35).fill(0)) });
const inputs: NamedHostTensors = { x: random([6, 7], 'x'), y: random([6, 5], 'y'), rate: float([], [0.1]) };
const signature: ProgramSignature = { state: specs(state()), inputs: specs(inputs) };

const open: Pick<Executable, 'dispose'>[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});
const keep = <T extends Pick<Executable, 'dispose'>>(executable: T): T => {
  open.push(executable);
  return executable;
};

describe.each(chosenEngines(process.env['RAMPART_TEST_ENGINES']))('executables of $name', ({ engine: name, device }) => {
  const engine = engineFor(name, { device });
  const compile = async (): Promise<Executable> => keep(await engine.compile(regression, signature, { state: state(), threads: 1 }));

  it('queue concurrent calls, each on the state that its predecessor left', async () => {
    const [together, apart] = [await compile(), await compile()];
    const losses = await Promise.all(Array.from({ length: 5 }, () => together.run(inputs)));
    for (const loss of losses) expect(loss).toEqual(await apart.run(inputs));
    expect(losses[4]!['loss']!.data[0]).toBeLessThan(losses[0]!['loss']!.data[0]!);
  });

  it('are apart from each other, also when their calls overlap', async () => {
    const alone = await compile();
    const expected = [await alone.run(inputs), await alone.run(inputs), await alone.run(inputs), await alone.readState()];
    const executables = await Promise.all(Array.from({ length: 4 }, compile));
    const results = await Promise.all(executables.flatMap((executable) => [executable.run(inputs), executable.run(inputs), executable.run(inputs), executable.readState()]));
    results.forEach((result, i) => expect(result).toEqual(expected[i % 4]));
  });

  it('exchange state tensors as a whole: all are computed from the old values', async () => {
    const swap: Program = { name: 'swap', apply: ({ a, b }) => ({ outputs: {}, state: { a: tf.mul(b!, 2), b: tf.add(a!, 1) } }) };
    const start = { a: float([3], [1, 2, 3]), b: float([3], [10, 20, 30]) };
    const executable = keep(await engine.compile(swap, { state: specs(start), inputs: {} }, { state: start }));
    await executable.run({});
    await executable.run({});
    expect(await executable.readState()).toEqual({ a: float([3], [4, 6, 8]), b: float([3], [21, 41, 61]) });
  });

  it('pass state through unchanged', async () => {
    const exchange: Program = { name: 'exchange', apply: ({ a, b }) => ({ outputs: { seen: a! }, state: { a: b!, b: a! } }) };
    const start = { a: float([2], [1, 2]), b: float([2], [3, 4]) };
    const executable = keep(await engine.compile(exchange, { state: specs(start), inputs: {} }, { state: start }));
    expect(await executable.run({})).toEqual({ seen: start.a });
    expect(await executable.run({})).toEqual({ seen: start.b });
    expect(await executable.readState()).toEqual(start);
  });

  it('give results and states that stay as they were', async () => {
    const executable = await compile();
    const [first, read] = [await executable.run(inputs), await executable.readState(['w'])];
    const copy = structuredClone({ first, read });
    await executable.run(inputs);
    expect({ first, read }).toEqual(copy);
  });

  it('overwrite the named tensors only, and refuse what does not fit', async () => {
    const executable = await compile();
    await executable.run(inputs);
    const { v } = await executable.readState(['v']);
    await executable.writeState({ w: state()['w']! });
    expect(await executable.readState(['w', 'v'])).toEqual({ w: state()['w'], v });
    await expect(executable.writeState({ w: float([2], [1, 2]) })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(executable.writeState({ u: float([1], [1]) })).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(executable.readState(['u'])).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(executable.run({ ...inputs, x: random([6, 8], 'x') })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(executable.run({ x: inputs['x']! })).rejects.toMatchObject({ code: 'tensor-missing' });
    await expect(engine.compile(regression, signature, { state: {} })).rejects.toMatchObject({ code: 'tensor-missing' });
  });

  it('refuse to run after dispose', async () => {
    const executable = await engine.compile(regression, signature, { state: state() });
    await executable.dispose();
    await executable.dispose();
    await expect(executable.run(inputs)).rejects.toMatchObject({ code: 'executable-disposed' });
    await expect(executable.readState()).rejects.toMatchObject({ code: 'executable-disposed' });
  });

  it('take and give bool and int32', async () => {
    const program: Program = {
      name: 'types',
      apply: ({ seen, count }, { mask, index }) => ({
        outputs: { flipped: tf.logicalNot(mask!), next: tf.add(index!, tf.scalar(1, 'int32')) },
        state: { seen: tf.logicalOr(seen!, mask!), count: tf.add(count!, tf.scalar(1, 'int32')) },
      }),
    };
    const start: NamedHostTensors = { seen: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 0, 1) }, count: { dtype: 'int32', shape: [], data: Int32Array.of(7) } };
    const call: NamedHostTensors = { mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 0) }, index: { dtype: 'int32', shape: [2], data: Int32Array.of(4, -7) } };
    const executable = keep(await engine.compile(program, { state: specs(start), inputs: specs(call) }, { state: start }));
    const expected = { flipped: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 1) }, next: { dtype: 'int32', shape: [2], data: Int32Array.of(5, -6) } };
    expect(await executable.run(call)).toEqual(expected);
    expect(await executable.run(call)).toEqual(expected);
    const after = await executable.readState();
    expect(after['seen']!.data).toEqual(Uint8Array.of(1, 0, 1));
    expect(after['count']).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(9) });
  });

  it('share one state in a family', async () => {
    const double: Program = { name: 'double', apply: ({ w }: NamedTensors) => ({ outputs: { w: tf.mul(w!, 2) }, state: { w: tf.mul(w!, 2) } }) };
    const entries = { train: { program: regression, inputs: signature.inputs }, double: { program: double, inputs: {} } };
    const family = keep(await engine.compileFamily(entries, signature.state, { state: state(), threads: 1 }));
    await family.run('train', inputs);
    const { w: before } = await family.readState(['w']);
    const { w } = await family.run('double', {});
    expect(w!.data).toEqual(before!.data.map((value) => 2 * value));
    const alone = await compile();
    await alone.run(inputs);
    await alone.writeState({ w: w! });
    expect(difference(await family.run('train', inputs), await alone.run(inputs), 1e-6)).toBeUndefined();
    expect(difference(await family.readState(), await alone.readState(), 1e-6)).toBeUndefined();
    await expect(family.run('test', {})).rejects.toMatchObject({ code: 'program-entry-unknown' });
  });

  it('keep no tensor of TensorFlow.js, and leave its backend as it was', async () => {
    const executable = await compile();
    await executable.run(inputs);
    const before = [tf.memory().numTensors, tf.getBackend()];
    for (let call = 0; call < 3; call++) await executable.run(inputs);
    await executable.writeState(state());
    expect([tf.memory().numTensors, tf.getBackend()]).toEqual(before);
  });
});

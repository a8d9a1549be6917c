import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Program } from '../program.js';
import type { HostTensor } from '../tensors.js';
import { eagerEngine } from './eager-engine.js';

const f32 = (shape: number[], ...values: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(values) });

/** w <- w - 0.5 d/dw mean((x.w - y)^2) */
const regression: Program = {
  name: 'regression',
  apply({ w }, { x, y }) {
    const loss = (weights: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, weights as tf.Tensor2D), y!)));
    const { value, grad } = tf.valueAndGrad(loss)(w!);
    return { outputs: { loss: value, seen: x! }, state: { w: tf.sub(w!, tf.mul(grad, 0.5)) } };
  },
};
const signature = {
  state: { w: { dtype: 'float32', shape: [2, 1] } },
  inputs: { x: { dtype: 'float32', shape: [-1, 2] }, y: { dtype: 'float32', shape: [-1, 1] } },
} as const;
const initial = { state: { w: f32([2, 1], 0, 0) } };
const batch = { x: f32([2, 2], 1, 0, 0, 1), y: f32([2, 1], 1, 2) };

describe.each(['cpu', 'wasm'] as const)('eager engine %s', (name) => {
  it('runs, replaces the state, and leaks nothing', async () => {
    const executable = await eagerEngine(name).compile(regression, signature, initial);
    await executable.run(batch);
    const before = tf.memory().numTensors;
    const current = tf.getBackend();
    await executable.writeState(initial.state);
    const [first, second] = await Promise.all([executable.run(batch), executable.run(batch)]);
    expect(first.loss!.data[0]).toBeCloseTo(2.5, 5); // (1 + 4) / 2
    expect(second.loss!.data[0]).toBeCloseTo(0.625, 5); // half the residual is left
    const { w } = await executable.readState(['w']);
    expect(Array.from(w!.data)).toEqual([0.75, 1.5]);
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe(current);
    first.seen!.data[0] = 99;
    expect(batch.x.data[0]).toBe(1);
    await executable.dispose();
    await expect(executable.run(batch)).rejects.toThrow(/disposed/);
  });

  it('shares one state between the entries of a family', async () => {
    const peek: Program = { name: 'peek', apply: ({ w }) => ({ outputs: { total: tf.sum(w!) } }) };
    const entries = { step: { program: regression, inputs: signature.inputs }, peek: { program: peek, inputs: {} } };
    const family = await eagerEngine(name).compileFamily(entries, signature.state, initial);
    await family.run('step', batch);
    expect((await family.run('peek', {})).total!.data[0]).toBeCloseTo(1.5, 5);
    await expect(family.run('missing', {})).rejects.toThrow(/step, peek/);
  });
});

describe('eager engine', () => {
  it('names what does not fit', async () => {
    const engine = eagerEngine('cpu');
    await expect(engine.compile(regression, signature, { state: {} })).rejects.toThrow(/state tensor 'w'/);
    const executable = await engine.compile(regression, signature, initial);
    await expect(executable.run({ x: batch.x })).rejects.toThrow(/input tensor 'y'/);
    await expect(executable.run({ ...batch, y: f32([3, 1], 1, 2, 3) })).rejects.toThrow(/float32\[3,1\].*float32\[-1,1\].*here 2/);
    await expect(executable.run({ ...batch, z: batch.x })).rejects.toThrow(/no input tensor 'z'/);
    await expect(executable.writeState({ w: f32([1], 1) })).rejects.toThrow(/float32\[2,1\]/);
    const grows: Program = { name: 'grows', apply: ({ w }) => ({ outputs: {}, state: { w: tf.concat([w!, w!]) } }) };
    const bad = await engine.compile(grows, { state: signature.state, inputs: {} }, initial);
    const tensors = tf.memory().numTensors;
    await expect(bad.run({})).rejects.toThrow(/new state tensor 'w' is float32\[4,1\]/);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { engineFor } from '../engines.js';
import type { Executable, Program } from '../program.js';
import { Key, normal } from '../random/index.js';
import { sizeOf } from '../signature.js';
import type { HostTensor } from '../tensors.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MiB = 2 ** 20;
const random = (...shape: number[]): HostTensor => ({ dtype: 'float32', shape, data: normal(Key.from(shape.join()), sizeOf(shape)) });

/** A hidden layer of 64: `w` and `v` are replaced by a fused kernel, `mean` through ONNX Runtime, `hidden` is an output of 64 KiB. */
const step = (): Program => ({
  name: 'soak',
  apply({ w, v }, { x, y }) {
    const loss = (at: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(tf.tanh(tf.matMul(x!, at)), y!)));
    const { value, grad } = tf.valueAndGrad(loss)(w!);
    const velocity = tf.add(tf.mul(v!, 0.9), grad);
    const hidden = tf.matMul(x!, w!);
    return { outputs: { loss: value, hidden }, state: { w: tf.sub(w!, tf.mul(velocity, 1e-3)), v: velocity, mean: tf.mean(hidden, 0) } };
  },
});
const state = { w: random(32, 64), v: random(32, 64), mean: random(64) };
const inputs = { x: random(256, 32), y: random(256, 64) };
const compile = (): Promise<Executable> => engineFor('onnx').compile(step(), { state, inputs }, { state, threads: 1 });

interface Memory { readonly tensors: number; readonly resident: number; readonly buffers: number }

/** Memory in use after garbage has gone: tensors of TensorFlow.js, bytes of the process, bytes of array buffers. */
async function measure(): Promise<Memory> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, arrayBuffers } = process.memoryUsage();
  return { tensors: tf.memory().numTensors, resident: rss, buffers: arrayBuffers };
}

it('10,000 calls need no more memory than the first of them', { timeout: 120_000 }, async () => {
  const cycles = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const executable = await compile();
      for (let call = 0; call < 10; call++) await executable.run(inputs);
      await executable.dispose();
    }
  };
  await cycles(60);
  const start = await measure();
  await cycles(200); // 2,000 calls
  const afterCycles = await measure();
  const executable = await compile();
  for (let call = 0; call < 1000; call++) await executable.run(inputs);
  const middle = await measure();
  for (let call = 0; call < 7000; call++) await executable.run(inputs);
  const end = await measure();
  await executable.dispose();
  expect([afterCycles.tensors, end.tensors]).toEqual([start.tensors, start.tensors]);
  // 200 executables of at least 0.2 MiB each, 7,000 outputs of 64 KiB: what stayed would be 40 MiB and 440 MiB.
  expect(afterCycles.buffers - start.buffers).toBeLessThan(4 * MiB);
  expect(afterCycles.resident - start.resident).toBeLessThan(32 * MiB);
  expect(end.buffers - middle.buffers).toBeLessThan(2 * MiB);
  expect(end.resident - middle.resident).toBeLessThan(32 * MiB);
});

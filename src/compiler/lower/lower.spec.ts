import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { floats } from '../contract/row.js';
import { engineFor } from '../engines.js';
import { optimise } from '../passes/index.js';
import type { Program } from '../program.js';
import { openSession } from '../run/session-model.js';
import { trace } from '../trace/index.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { lowerToOnnx } from './index.js';

const dense: Program = { name: 'dense', apply: ({ w, b }, { x }) => ({ outputs: { y: tf.relu(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b!)) } }) };
const weights: NamedHostTensors = { w: floats([3, 2]), b: floats([2]), unused: floats([5]) };
const graph = (program = dense, state = weights) => optimise(trace(program, { state, inputs: { x: { dtype: 'float32', shape: [-1, 3] } } })).graph;

async function predict(model: string | Uint8Array, x: HostTensor, externalData?: { path: string; data: Uint8Array }[]): Promise<NamedHostTensors> {
  const session = await openSession(model, { threads: 1, ...(externalData ? { externalData } : {}) });
  try {
    expect(session.inputs).toEqual({ x: { dtype: 'float32', shape: [-1, 3] } });
    return await session.run({ x });
  } finally {
    await session.dispose();
  }
}

async function eagerly(program: Program, state: NamedHostTensors, inputs: NamedHostTensors): Promise<NamedHostTensors> {
  const executable = await engineFor('cpu').compile(program, { state, inputs }, { state });
  return executable.run(inputs).finally(() => executable.dispose());
}

describe('stored signatures', () => {
  it('hold only the constants that some operator reads', () => {
    const scaled: Program = { name: 'scaled', apply: (_, { x }) => ({ outputs: { y: tf.mul(x!, tf.tensor1d([123.25])) } }) };
    const bytes = Buffer.from(lowerToOnnx(graph(scaled, {}))); // the operator takes the constant as a scalar of rank 0
    const value = Buffer.from(Float32Array.of(123.25).buffer);
    expect(bytes.indexOf(value)).toBeGreaterThan(0);
    expect(bytes.indexOf(value, bytes.indexOf(value) + 1)).toBe(-1);
  });

  it.each([1, 4, 9])('take a batch of %i with weights inside the model', async (batch) => {
    const x = floats([batch, 3]);
    expect(difference(await predict(lowerToOnnx(graph(), { constants: weights }), x), await eagerly(dense, weights, { x }), 1e-6)).toBeUndefined();
  });

  it('read weights by offset from a file beside the model, or from its bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lower-'));
    try {
      const file = Buffer.concat([Buffer.alloc(100, 7), Buffer.from((weights['w']!.data as Float32Array).buffer), Buffer.from((weights['b']!.data as Float32Array).buffer)]);
      const external = { w: { file: 'weights.bin', offset: 100, length: 24 }, b: { file: 'weights.bin', offset: 124, length: 8 } };
      const model = lowerToOnnx(graph(), { external });
      await writeFile(join(folder, 'weights.bin'), file);
      await writeFile(join(folder, 'dense.onnx'), model);
      const x = floats([2, 3]);
      const expected = await eagerly(dense, weights, { x });
      expect(difference(await predict(join(folder, 'dense.onnx'), x), expected, 1e-6)).toBeUndefined();
      expect(difference(await predict(model, x, [{ path: 'weights.bin', data: file }]), expected, 1e-6)).toBeUndefined();
      await expect(openSession(model)).rejects.toMatchObject({ code: 'onnx-model-unreadable' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuse a weight without values, a clash of names, and bytes that are no model', async () => {
    expect(() => lowerToOnnx(graph(), { constants: { w: weights['w']! } })).toThrow(expect.objectContaining({ code: 'missing-weights' }));
    const clash: Program = { name: 'clash', apply: (_, { x }) => ({ outputs: { x: tf.neg(x!) } }) };
    expect(() => lowerToOnnx(graph(clash, {}))).toThrow(expect.objectContaining({ code: 'signature-name-clash' }));
    await expect(openSession(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'onnx-model-unreadable' });
  });

  it('refuse a call after dispose and inputs that do not fit', async () => {
    const session = await openSession(lowerToOnnx(graph(), { constants: weights }));
    await expect(session.run({ x: floats([2, 4]) })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await session.dispose();
    await expect(session.run({ x: floats([2, 3]) })).rejects.toMatchObject({ code: 'executable-disposed' });
  });
});

type Convolve = (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor;
const gradients = (convolve: Convolve): Program => ({
  name: 'gradients',
  apply(_, { x, w }) {
    const [dx, dw] = tf.grads((a, b) => tf.sum(tf.square(convolve(a as tf.Tensor4D, b as tf.Tensor4D))))([x!, w!]);
    return { outputs: { dx: dx!, dw: dw! } };
  },
});

describe('gradients of convolutions and pools that take other ways', () => {
  const cases: readonly { name: string; inputs: NamedHostTensors; convolve: Convolve }[] = [
    { name: '7x7 filter, stride 2: slices instead of one-hot columns', inputs: { x: floats([2, 9, 8, 2]), w: floats([7, 7, 2, 3]) }, convolve: (x, w) => tf.conv2d(x, w, 2, 'same') },
    { name: '1x1 filter, stride 1', inputs: { x: floats([2, 4, 5, 3]), w: floats([1, 1, 3, 4]) }, convolve: (x, w) => tf.conv2d(x, w, 1, 'valid') },
    { name: 'ties of a maximum go to its first place', inputs: { x: { dtype: 'float32', shape: [1, 4, 4, 1], data: new Float32Array(16).fill(1) }, w: floats([1, 1, 1, 1], 1, 1) }, convolve: (x, w) => tf.maxPool(tf.mul(x, w), 2, 2, 'valid') },
    { name: 'ties of overlapping windows', inputs: { x: { dtype: 'float32', shape: [1, 5, 5, 1], data: new Float32Array(25).fill(2) }, w: floats([1, 1, 1, 1], 1, 1) }, convolve: (x, w) => tf.maxPool(tf.mul(x, w), 3, 2, 'same') },
  ];
  it.each(cases)('$name', async ({ inputs, convolve }) => {
    const program = gradients(convolve);
    const executable = await engineFor('onnx').compile(program, { state: {}, inputs }, { state: {} });
    expect(difference(await executable.run(inputs), await eagerly(program, {}, inputs), 1e-4)).toBeUndefined();
    await executable.dispose();
  });

  it('agree with central differences on a small convolutional network', async () => {
    const network = (x: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor => tf.mean(tf.softplus(tf.avgPool(tf.tanh(tf.conv2d(x, w, 2, 'same')), 2, 1, 'valid')));
    const program: Program = {
      name: 'network',
      apply(_, { x, w }) {
        const { value, grads } = tf.valueAndGrads((a, b) => network(a as tf.Tensor4D, b as tf.Tensor4D) as tf.Scalar)([x!, w!]);
        return { outputs: { value, x: grads[0]!, w: grads[1]! } };
      },
    };
    const inputs: NamedHostTensors = { x: floats([2, 6, 6, 2]), w: floats([3, 3, 2, 3], -0.5, 0.5) };
    const executable = await engineFor('onnx').compile(program, { state: {}, inputs }, { state: {} });
    const exact = await executable.run(inputs);
    const h = 0.01;
    for (const name of ['x', 'w']) {
      const { data } = inputs[name]!;
      for (let i = 0; i < data.length; i += 5) {
        const at = async (shift: number): Promise<number> => {
          const moved = { ...inputs[name]!, data: Float32Array.from(data, (value, k) => (k === i ? value + shift : value)) };
          return (await executable.run({ ...inputs, [name]: moved }))['value']!.data[0]!;
        };
        expect((await at(h) - await at(-h)) / (2 * h)).toBeCloseTo(exact[name]!.data[i]!, 4);
      }
    }
    await executable.dispose();
  });
});

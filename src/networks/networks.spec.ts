import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Key, normal, uniform } from '../compiler/random/index.js';
import { eagerEngine } from '../compiler/run/eager-engine.js';
import { onBackend } from '../compiler/tfjs-backend.js';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { classifierPrograms, createNetwork, crossEntropy, forward, initialise, modelState, parameterCount, valueAndGradients } from './index.js';
import { networkOptionsSchema, type NetworkRequest } from './network.options.js';

const parse = (request: NetworkRequest) => networkOptionsSchema.parse(request);
const key = Key.from(7);
const f32 = (shape: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const tensors = (state: NamedHostTensors) =>
  Object.fromEntries(Object.entries(state).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape], t.dtype)]));
const onCpu = <T>(body: () => T): T => onBackend('cpu', () => {
  tf.engine().startScope();
  try { return body(); } finally { tf.engine().endScope(); }
});

const MODELS: { name: string; request: NetworkRequest; shape: number[]; parameters: number; lastMixPoint: number; segments: number }[] = [
  {
    name: 'mlp', request: { architecture: 'mlp', hidden: [256, 256, 64] }, shape: [28, 28, 1], lastMixPoint: 2, segments: 4,
    parameters: 784 * 256 + 256 + 256 * 256 + 256 + 256 * 64 + 64 + 64 * 10 + 10,
  },
  { name: 'softmax regression', request: { architecture: 'mlp', hidden: [] }, shape: [5], lastMixPoint: 0, segments: 1, parameters: 60 },
  {
    name: 'convnet', request: { architecture: 'convnet', dense: [] }, shape: [28, 28, 1], lastMixPoint: 2, segments: 4,
    parameters: 9 * 32 + 32 + 9 * 32 * 64 + 64 + 9 * 64 * 64 + 64 + 7 * 7 * 64 * 10 + 10,
  },
  {
    name: 'convnet, card 01', request: { architecture: 'convnet', channels: [16, 32], strides: [2, 2], dense: [128] }, shape: [28, 28, 1],
    lastMixPoint: 2, segments: 4, parameters: 9 * 16 + 16 + 9 * 16 * 32 + 32 + 7 * 7 * 32 * 128 + 128 + 1290,
  },
  { // 11,171,146 of the network without a final batch norm plus that of 512 channels
    name: 'preact-resnet-18', request: { architecture: 'preact-resnet' }, shape: [32, 32, 3], lastMixPoint: 3, segments: 4,
    parameters: 11_171_146 + 1024,
  },
  { // 18 + blocks of two 3x3 convolutions and two norms: 1, 2, 4, 1 more in the groups
    name: 'preact-resnet-34', request: { architecture: 'preact-resnet', depth: 34 }, shape: [28, 28, 1], lastMixPoint: 3, segments: 4,
    parameters: 11_172_170 - 9 * 2 * 64
      + [[64, 1], [128, 2], [256, 4], [512, 1]].reduce((sum, [w, n]) => sum + n! * (18 * w! * w! + 4 * w!), 0),
  },
];

describe.each(MODELS)('$name', ({ request, shape, parameters, lastMixPoint, segments }) => {
  const network = createNetwork(parse(request), shape, 10);
  it('has the segments, mix points and parameters of its definition', () => {
    expect(network.segments).toHaveLength(segments);
    expect(network.lastMixPoint).toBe(lastMixPoint);
    expect(parameterCount(network)).toBe(parameters);
    expect(network.classCount).toBe(10);
  });
});

const SMALL: { name: string; request: NetworkRequest; shape: number[] }[] = [
  { name: 'mlp', request: { architecture: 'mlp', hidden: [6, 5], activation: 'tanh', dropout: 0.25 }, shape: [3, 2] },
  { name: 'convnet', request: { architecture: 'convnet', channels: [3, 4], dense: [5], activation: 'leakyRelu' }, shape: [5, 6, 2] },
  { name: 'preact-resnet', request: { architecture: 'preact-resnet', width: 3 }, shape: [16, 16, 1] },
];

describe.each(SMALL)('small $name', ({ request, shape }) => {
  const network = createNetwork(parse(request), shape, 3);
  const state = initialise(network, key);
  const batch = 4;
  const x = f32([batch, ...shape], uniform(key.fold('x'), batch * size(shape)));
  const y: HostTensor = { dtype: 'int32', shape: [batch], data: Int32Array.from([0, 1, 2, 1]) };

  it('starts the same from the same key, with a tensor for every spec', () => {
    expect(initialise(network, key)).toEqual(state);
    expect(Object.keys(state)).toEqual(Object.keys(modelState(network)));
    for (const [name, { shape: expected }] of Object.entries(modelState(network))) expect(state[name]!.shape).toEqual(expected);
  });

  it('gives the same logits in one go and stopped at every mix point', () => onCpu(() => {
    const named = tensors(state);
    const input = tf.tensor(x.data, [...x.shape]);
    const masks = Object.fromEntries(Object.entries(network.masks).map(([name, mask]) => [name, tf.ones([batch, ...mask.shape])]));
    for (const training of [false, true]) {
      const whole = forward(network, named, input, { training, masks }).h.dataSync();
      for (let k = 0; k <= network.segments.length; k++) {
        const hidden = forward(network, named, input, { training, masks, to: k }).h;
        expect(hidden.shape.slice(1)).toEqual(k === 0 ? shape : network.segments[k - 1]!.outputShape);
        expect(forward(network, named, hidden, { training, masks, from: k }).h.dataSync()).toEqual(whole);
      }
    }
  }));

  it('stores predict and lossGradient with a free batch dimension', async () => {
    const { predict, lossGradient } = classifierPrograms(network);
    const family = await eagerEngine('cpu').compileFamily({ predict, lossGradient }, modelState(network), { state });
    const predicted = await family.run('predict', { x });
    const differentiated = await family.run('lossGradient', { x, y });
    expect(differentiated.logits).toEqual(predicted.logits);
    const one = await family.run('predict', { x: f32([1, ...shape], (x.data as Float32Array).slice(size(shape), 2 * size(shape))) });
    expect(Array.from(one.logits!.data)).toEqual(Array.from(predicted.logits!.data.slice(3, 6))); // rows do not see each other
    for (let i = 0; i < batch; i++) {
      const row = Array.from(predicted.probabilities!.data.slice(3 * i, 3 * i + 3));
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(differentiated.loss!.data[i]).toBeCloseTo(-Math.log(row[y.data[i]!]!), 5);
    }
    await family.dispose();
  });

  it('stores the product of a vector and the Jacobian of the logits', async () => {
    const { predict, vjp, lossGradient } = classifierPrograms(network);
    const family = await eagerEngine('cpu').compileFamily({ predict, vjp, lossGradient }, modelState(network), { state });
    const [predicted, derived] = [await family.run('predict', { x }), await family.run('lossGradient', { x, y })];
    // d CE / d logits = p - onehot(y)
    const vector = f32([batch, 3], Float32Array.from(predicted.probabilities!.data, (p, i) => p - (i % 3 === y.data[Math.floor(i / 3)] ? 1 : 0)));
    const { logits, gradient } = await family.run('vjp', { x, vector });
    expect(logits).toEqual(predicted.logits);
    gradient!.data.forEach((each, i) => expect(each).toBeCloseTo(derived.gradient!.data[i]!, 5));
    const zero = await family.run('vjp', { x, vector: f32([batch, 3], new Float32Array(3 * batch)) });
    expect(zero.gradient!.data.every((each) => each === 0)).toBe(true);
    await family.dispose();
  });

  it('has the input gradient of central differences', async () => {
    const { lossGradient } = classifierPrograms(network);
    const family = await eagerEngine('cpu').compileFamily({ lossGradient }, modelState(network), { state });
    const { gradient } = await family.run('lossGradient', { x, y });
    const direction = normal(key.fold('direction'), x.data.length).map((v) => v / Math.sqrt(size(shape)));
    const h = 3e-4;
    const at = async (t: number): Promise<Float32Array> =>
      (await family.run('lossGradient', { x: f32(x.shape, (x.data as Float32Array).map((v, i) => v + t * direction[i]!)), y })).loss!.data as Float32Array;
    const [plus, minus] = [await at(h), await at(-h)];
    const width = size(shape);
    for (let i = 0; i < batch; i++) {
      let expected = 0;
      for (let j = i * width; j < (i + 1) * width; j++) expected += gradient!.data[j]! * direction[j]!;
      const measured = (plus[i]! - minus[i]!) / (2 * h);
      expect(Math.abs(measured - expected)).toBeLessThan(2e-2 * (1 + Math.abs(expected))); // float32 and kinks
    }
  });

  it('has the parameter gradient of central differences, in training mode', () => onCpu(() => {
    const named = tensors(state);
    const input = tf.tensor(x.data, [...x.shape]);
    const targets = tf.oneHot(tf.tensor1d(y.data, 'int32'), 3);
    const masks = Object.fromEntries(Object.entries(network.masks).map(([name, { shape: s, rate }]) =>
      [name, tf.tensor(uniform(key.fold(name), batch * size(s)).map((u) => (u < rate ? 0 : 1 / (1 - rate))), [batch, ...s])]));
    const loss = (parameters: tf.NamedTensorMap): tf.Tensor =>
      tf.mean(crossEntropy(forward(network, { ...named, ...parameters }, input, { training: true, masks }).h, targets));
    const parameters = Object.fromEntries(Object.keys(network.parameters).map((name) => [name, named[name]!]));
    const { gradients } = valueAndGradients((at) => ({ value: loss(at) }), parameters);
    const names = Object.keys(parameters);
    for (const name of [names[0]!, names[Math.floor(names.length / 2)]!, names.at(-2)!, names.at(-1)!]) {
      const direction = tf.tensor(normal(key.fold(name), size(parameters[name]!.shape)), parameters[name]!.shape);
      const unit = tf.div(direction, tf.norm(direction));
      const expected = tf.sum(tf.mul(unit, gradients[name]!)).dataSync()[0]!;
      const h = 5e-4; // crosses few kinks; float32 rounding is about 1e-7 / h
      const at = (t: number): number => loss({ [name]: tf.add(parameters[name]!, tf.mul(unit, t)) }).dataSync()[0]!;
      expect(Math.abs((at(h) - at(-h)) / (2 * h) - expected)).toBeLessThan(2e-2 * (0.2 + Math.abs(expected)));
    }
  }));
});

describe('batch norm', () => {
  const network = createNetwork(parse({ architecture: 'preact-resnet', width: 2 }), [16, 16, 1], 3);
  it('normalises with the batch in training, moves the running statistics, and uses them in inference', () => onCpu(() => {
    const named = tensors(initialise(network, key));
    const input = tf.tensor(uniform(key, 16 * 256), [16, 16, 16, 1]);
    const trained = forward(network, named, input, { training: true });
    expect(Object.keys(trained.statistics).sort()).toEqual(Object.keys(network.statistics).sort());
    expect(forward(network, named, input).statistics).toEqual({});
    const stem = tf.conv2d(tf.div<tf.Tensor4D>(tf.sub(input, 0.5), 0.5), named['stem/kernel'] as tf.Tensor4D, 1, 'same');
    const { mean, variance } = tf.moments(stem, [0, 1, 2]);
    const n = 16 * 256;
    const first = (name: string) => trained.statistics[`group1/block1/norm1/${name}`]!.dataSync();
    mean.dataSync().forEach((m, i) => expect(first('mean')[i]).toBeCloseTo(0.1 * m, 5)); // 0.9 * 0 + 0.1 m
    variance.dataSync().forEach((v, i) => expect(first('variance')[i]).toBeCloseTo(0.9 + (0.1 * v * n) / (n - 1), 5));
    // Running statistics equal to those of the batch make inference equal to training, up to n / (n - 1) below.
    const same = { ...named };
    for (let step = 0; step < 200; step++) Object.assign(same, tf.tidy(() => forward(network, same, input, { training: true }).statistics));
    const [a, b] = [forward(network, same, input).h.dataSync(), trained.h.dataSync()];
    a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(0.05)); // the last group has 64 positions: n / (n - 1) = 1.016
    const start = forward(network, named, input).h.dataSync();
    expect(Math.max(...start.map((value, i) => Math.abs(value - a[i]!)))).toBeGreaterThan(0.2);
  }));
});

describe('network options', () => {
  it('refuses what does not fit together', () => {
    expect(() => createNetwork(parse({ architecture: 'convnet' }), [12], 3)).toThrow(/\[12\].*mlp/);
    expect(() => createNetwork(parse({ architecture: 'mlp', normalisation: { mean: [0, 0], standardDeviation: [1, 1] } }), [3], 3)).toThrow(/2 entries.*1 or 3/);
    expect(() => createNetwork(parse({ architecture: 'mlp', hidden: [8192, 8192, 8192] }), [3], 3)).toThrow(/parameters/);
    expect(networkOptionsSchema.safeParse({ architecture: 'transformer' }).success).toBe(false);
    expect(networkOptionsSchema.safeParse({ architecture: 'convnet', channels: [4, 4], strides: [1] }).success).toBe(false);
    expect(networkOptionsSchema.safeParse({ architecture: 'mlp', dropout: 1 }).success).toBe(false);
  });
  it('normalises inside the model', () => onCpu(() => {
    const [mean, deviation] = [[0.1, 0.4], [0.2, 0.5]];
    const plain = createNetwork(parse({ architecture: 'mlp', hidden: [4], normalisation: { mean: [0], standardDeviation: [1] } }), [2], 3);
    const scaled = createNetwork(parse({ architecture: 'mlp', hidden: [4], normalisation: { mean, standardDeviation: deviation } }), [2], 3);
    const named = tensors(initialise(plain, key));
    const raw = tf.tensor2d([[0.3, 0.9], [0, 1]]);
    const expected = forward(plain, named, tf.div(tf.sub(raw, mean), deviation)).h.dataSync();
    forward(scaled, named, raw).h.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  }));
});

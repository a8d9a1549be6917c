import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Key, normal } from '../../compiler/random/index.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import { dense } from '../layers.js';
import { initialise, parameterCount } from '../network.js';
import { spectralNorm } from '../spectral-norm.js';
import { transposedConvolution } from '../transposed-convolution.js';
import { createGenerator, type GeneratorData, type GeneratorParts } from './create-generator.js';
import { generatorNetworkSchema } from './generator.options.js';
import { gaussianLogDensity } from './pixel-likelihood.js';

const key = Key.from(5);
const onCpu = <T>(body: () => T): T => onBackend('cpu', () => {
  tf.engine().startScope();
  try { return body(); } finally { tf.engine().endScope(); }
});
const tensors = (state: NamedHostTensors) => Object.fromEntries(Object.entries(state).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape], t.dtype)]));
const draw = (name: string, ...shape: number[]): tf.Tensor => tf.tensor(normal(key.fold(name), shape.reduce((a, b) => a * b, 1)), shape);
const all: GeneratorParts = { encoder: true, discriminator: 'joint', spectralNorm: false, likelihood: true };
const data = (inputShape: number[], given: Partial<GeneratorData> = {}): GeneratorData =>
  ({ inputShape, bounds: [0, 1], classCount: 3, conditional: false, attributes: false, pixels: 'gaussian', ...given });

describe('generators', () => {
  it.each([
    ['MNIST images', [28, 28, 1], {}, {}],
    ['colour images', [32, 32, 3], { channels: [4, 8, 8] }, {}],
    ['images of odd sides', [7, 5, 1], { channels: [2, 3] }, { conditional: true }],
    ['images without convolutions', [6, 6, 1], { channels: [], dense: [9, 7] }, { attributes: true }],
    ['a table', [2], { latent: 2 }, { bounds: [-1, 1], conditional: true, attributes: true }],
  ] as const)('%s: every part has the shapes of the contract, values stay within bounds', (_, shape, options, given) => onCpu(() => {
    const inputShape = [...shape];
    const generator = createGenerator(generatorNetworkSchema.parse(options), data(inputShape, given), all);
    const { latent, bounds: [low, high], conditional, attributes } = generator.shape;
    const state = tensors(initialise(generator, key));
    const y = tf.cast(tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3), 'float32');
    const labels = attributes ? tf.fill([2, 3], 1 / 3) : undefined;
    const variables = { ...(conditional && { y }), labels };
    const decoded = generator.decoder.decode(state, tf.mul(draw('z', 2, latent), 3), variables);
    expect(decoded.x.shape).toEqual([2, ...inputShape]);
    expect(decoded.labels?.shape).toEqual(attributes ? [2, 3] : undefined);
    for (const value of decoded.x.dataSync()) expect(value > low && value < high).toBe(true);
    const q = generator.encoder!.encode(state, decoded.x, variables);
    expect([q.mean.shape, q.logSigma.shape]).toEqual([[2, latent], [2, latent]]);
    expect(generator.discriminator!.discriminate(state, decoded.x, q.mean, variables).logit.shape).toEqual([2]);
    expect(generator.likelihood!.logLikelihood(state, decoded.x, decoded).shape).toEqual([2]);
  }));

  it('has the parameters of its layers', () => {
    const { encoder, decoder } = createGenerator(generatorNetworkSchema.parse({ latent: 16 }), data([28, 28, 1]), all);
    expect(parameterCount(encoder!)).toBe((16 * 16 + 16) + (16 * 16 * 32 + 32) + (7 * 7 * 32 * 128 + 128) + (128 * 32 + 32));
    expect(parameterCount(decoder)).toBe((16 * 128 + 128) + (128 * 7 * 7 * 32 + 7 * 7 * 32) + (16 * 32 * 16 + 16) + (16 * 16 + 1));
  });

  it('y changes what is decoded exactly where the model is conditional', () => onCpu(() => {
    const [zero, one] = [0, 1].map((label) => tf.cast(tf.oneHot(tf.tensor1d([label], 'int32'), 3), 'float32'));
    const generator = createGenerator(generatorNetworkSchema.parse({ dense: [8] }), data([4, 4, 1], { conditional: true }), all);
    const state = tensors(initialise(generator, key));
    const z = draw('z', 1, 16);
    expect(generator.decoder.decode(state, z, { y: zero }).x.dataSync()).not.toEqual(generator.decoder.decode(state, z, { y: one }).x.dataSync());
  }));

  it('a Gaussian density is its formula, with log sigma held to its range', () => onCpu(() => {
    const density = (logSigma: number) => gaussianLogDensity(tf.tensor2d([[0, 1], [2, 2]]), tf.zeros([2, 2]), tf.fill([2], logSigma), [-1, 1]).dataSync();
    const expected = (square: number, s: number): number => -0.5 * (2 * Math.log(2 * Math.PI) + 4 * s + square * Math.exp(-2 * s));
    expect([...density(0.5)]).toEqual([expect.closeTo(expected(1, 0.5), 5), expect.closeTo(expected(8, 0.5), 5)]);
    expect([...density(-9)]).toEqual([...density(-1)]);
  }));
});

describe('layers', () => {
  it('a transposed convolution is the adjoint of the convolution: <conv(u), v> = <u, transposed(v)>', () => onCpu(() => {
    const layer = transposedConvolution('up', [3, 4, 5], { outputShape: [6, 7, 2], kernelSize: 4, stride: 2, role: 'linear' });
    const state = tensors(initialise(layer, key));
    const [u, v] = [draw('u', 2, 6, 7, 2), draw('v', 2, 3, 4, 5)];
    const down = tf.conv2d(u as tf.Tensor4D, state['up/kernel'] as tf.Tensor4D, 2, 'same');
    const up = layer.apply(state, v, { training: false, masks: {} }).h;
    const product = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0]!;
    expect(product(u, up)).toBeCloseTo(product(down, v), 3);
  }));

  it('spectral normalisation divides by the largest singular value, once its power iteration has settled', () => onCpu(() => {
    const layer = spectralNorm(dense('layer', 3, 2, 'linear'), 'layer/kernel');
    // diag(3, 0.5) between rotations: singular values 3 and 0.5.
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const kernel = tf.tensor2d([[3 * c, 3 * s], [-0.5 * s, 0.5 * c], [0, 0]]);
    let state: tf.NamedTensorMap = { ...tensors(initialise(layer, key)), 'layer/kernel': kernel };
    for (let step = 0; step < 20; step++) state = { ...state, ...layer.apply(state, tf.eye(3), { training: true, masks: {} }).statistics };
    const normalised = layer.apply(state, tf.eye(3), { training: false, masks: {} });
    expect(normalised.statistics).toEqual({});
    const expected = tf.div(kernel, 3).dataSync();
    normalised.h.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  }));
});

import * as tf from '@tensorflow/tfjs-core';
import type { Initialiser } from './initialisers.js';
import { pure, required, type Layer } from './layer.js';
import type { Activation, InputNormalisation } from './network.options.js';

/** Slope of leakyRelu below 0. */
const LEAK = 0.01;
/** Share of the old running statistic that survives one step. */
const BATCH_NORM_MOMENTUM = 0.9;
const BATCH_NORM_EPSILON = 1e-5;

const zeros: Initialiser = { kind: 'constant', value: 0 };
const ones: Initialiser = { kind: 'constant', value: 1 };

export type Role = 'rectified' | 'linear';
const kernelInitialiser = (role: Role, fanIn: number, fanOut: number): Initialiser =>
  role === 'rectified' ? { kind: 'he-normal', fanIn } : { kind: 'glorot-uniform', fanIn, fanOut };

/** What follows a kernel decides how it starts. */
export const roleBefore = (activation: Activation): Role => (activation === 'tanh' ? 'linear' : 'rectified');

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** [batch, ...shape] -> [batch, size of shape] */
export const flatten = (shape: readonly number[]): Layer => pure([size(shape)], (h) => tf.reshape(h, [-1, size(shape)]));

/** (h - mean) / standardDeviation along the last axis, with constants. */
export const normalise = (shape: readonly number[], { mean, standardDeviation }: InputNormalisation): Layer =>
  pure(shape, (h) => tf.mul(tf.sub(h, tf.tensor1d(mean)), tf.tensor1d(standardDeviation.map((deviation) => 1 / deviation))));

function activate(kind: Activation, h: tf.Tensor): tf.Tensor {
  switch (kind) {
    case 'relu': return tf.relu(h);
    case 'leakyRelu': return tf.leakyRelu(h, LEAK);
    case 'tanh': return tf.tanh(h);
  }
}

export const activation = (kind: Activation, shape: readonly number[]): Layer => pure(shape, (h) => activate(kind, h));

/** h [batch, inputs] -> h W + b [batch, units] */
export function dense(name: string, inputs: number, units: number, role: Role): Layer {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  return {
    outputShape: [units],
    parameters: {
      [kernel]: { shape: [inputs, units], initialiser: kernelInitialiser(role, inputs, units) },
      [bias]: { shape: [units], initialiser: zeros },
    },
    statistics: {},
    masks: {},
    apply: (state, h) => ({
      h: tf.add(tf.matMul(h as tf.Tensor2D, required(state, kernel) as tf.Tensor2D), required(state, bias)),
      statistics: {},
    }),
  };
}

export interface ConvolutionOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly bias: boolean;
  readonly role: Role;
}

/** h [batch, height, width, channels] -> [batch, ceil(height / stride), ceil(width / stride), filters], zero padding. */
export function convolution(name: string, shape: readonly number[], options: ConvolutionOptions): Layer {
  const { filters, kernelSize, stride, role } = options;
  const [height, width, channels] = shape as readonly [number, number, number];
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const area = kernelSize * kernelSize;
  return {
    outputShape: [Math.ceil(height / stride), Math.ceil(width / stride), filters],
    parameters: {
      [kernel]: { shape: [kernelSize, kernelSize, channels, filters], initialiser: kernelInitialiser(role, area * channels, area * filters) },
      ...(options.bias ? { [bias]: { shape: [filters], initialiser: zeros } } : {}),
    },
    statistics: {},
    masks: {},
    apply(state, h) {
      const y = tf.conv2d(h as tf.Tensor4D, required(state, kernel) as tf.Tensor4D, stride, 'same');
      return { h: options.bias ? tf.add(y, required(state, bias)) : y, statistics: {} };
    },
  };
}

/** h times a fed mask in training (inverted dropout, Srivastava et al. 2014); nothing at rate 0. */
export function dropout(name: string, shape: readonly number[], rate: number): Layer {
  if (rate === 0) return pure(shape, (h) => h);
  return {
    outputShape: shape, parameters: {}, statistics: {},
    masks: { [name]: { shape, rate } },
    apply: (_, h, { training, masks }) => ({ h: training ? tf.mul(h, required(masks, name)) : h, statistics: {} }),
  };
}

/**
 * Batch normalisation over all axes but the last: gamma (h - m) / sqrt(v + 1e-5) + beta (Ioffe and Szegedy 2015).
 * m, v are those of the batch in training and the running ones otherwise; running <- 0.9 running + 0.1 batch, with the
 * batch variance unbiased, n / (n - 1).
 */
export function batchNorm(name: string, shape: readonly number[]): Layer {
  const channels = shape.at(-1)!;
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((part) => `${name}/${part}`) as [string, string, string, string];
  const spec = (initialiser: Initialiser) => ({ shape: [channels], initialiser });
  const scaled = (state: tf.NamedTensorMap, centred: tf.Tensor, spread: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(spread, BATCH_NORM_EPSILON)), required(state, gamma))), required(state, beta));
  const blend = (old: tf.Tensor, current: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(old, BATCH_NORM_MOMENTUM), tf.mul(current, 1 - BATCH_NORM_MOMENTUM));
  return {
    outputShape: shape,
    parameters: { [gamma]: spec(ones), [beta]: spec(zeros) },
    statistics: { [mean]: spec(zeros), [variance]: spec(ones) },
    masks: {},
    apply(state, h, { training }) {
      if (!training) return { h: scaled(state, tf.sub(h, required(state, mean)), required(state, variance)), statistics: {} };
      const axes = h.shape.slice(0, -1).map((_, axis) => axis);
      const count = axes.reduce((product, axis) => product * h.shape[axis]!, 1);
      const m = tf.mean(h, axes);
      const centred = tf.sub(h, m);
      const v = tf.mean(tf.square(centred), axes);
      const unbiased = tf.mul(v, count / Math.max(count - 1, 1));
      return {
        h: scaled(state, centred, v),
        statistics: { [mean]: blend(required(state, mean), m), [variance]: blend(required(state, variance), unbiased) },
      };
    },
  };
}

/** [batch, height, width, channels] -> [batch, channels] */
export const globalAveragePool = (shape: readonly number[]): Layer => pure([shape.at(-1)!], (h) => tf.mean(h, [1, 2]));

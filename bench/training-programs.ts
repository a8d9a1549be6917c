import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSignature } from '../src/compiler/program.js';
import { Key, uniform } from '../src/compiler/random/index.js';
import type { HostTensor, NamedHostTensors } from '../src/compiler/tensors.js';
import {
  createNetwork, crossEntropy, forward, initialise, modelState, oneHot, valueAndGradients, type Network, type NetworkOptions,
} from '../src/networks/index.js';

/** One training step as Rampart and its peers run it: same network, update, batch and data. */
export interface TrainingCase {
  readonly name: string;
  readonly network: Network;
  readonly options: NetworkOptions;
  readonly optimiser: 'adam' | 'momentum';
  readonly rate: number;
  readonly batch: number;
  readonly program: Program;
  readonly signature: ProgramSignature;
  readonly state: NamedHostTensors;
  readonly inputs: NamedHostTensors;
}

type Update = (state: NamedTensors, gradients: NamedTensors) => NamedTensors;

/** Adam (Kingma and Ba 2015, algorithm 1) with beta 0.9 and 0.999, epsilon 1e-8. */
const adam = (rate: number): Update => (state, gradients) => {
  const step = tf.add(state['step']!, 1);
  const [first, second] = [0.9, 0.999].map((decay) => tf.sub(1, tf.pow(decay, step)));
  const updates = Object.entries(gradients).flatMap(([name, gradient]): [string, tf.Tensor][] => {
    const m = tf.add(tf.mul(state[`${name}:m`]!, 0.9), tf.mul(gradient, 0.1));
    const v = tf.add(tf.mul(state[`${name}:v`]!, 0.999), tf.mul(tf.square(gradient), 0.001));
    const direction = tf.div(tf.div(m, first!), tf.add(tf.sqrt(tf.div(v, second!)), 1e-8));
    return [[name, tf.sub(state[name]!, tf.mul(direction, rate))], [`${name}:m`, m], [`${name}:v`, v]];
  });
  return { ...Object.fromEntries(updates), step };
};

/** v <- 0.9 v + g; p <- p - rate v */
const momentum = (rate: number): Update => (state, gradients) =>
  Object.fromEntries(
    Object.entries(gradients).flatMap(([name, gradient]): [string, tf.Tensor][] => {
      const velocity = tf.add(tf.mul(state[`${name}:m`]!, 0.9), gradient);
      return [[name, tf.sub(state[name]!, tf.mul(velocity, rate))], [`${name}:m`, velocity]];
    }),
  );

const zerosLike = ({ shape, data }: HostTensor): HostTensor => ({ dtype: 'float32', shape, data: new Float32Array(data.length) });

function makeCase(name: string, options: NetworkOptions, inputShape: readonly number[], batch: number, optimiser: 'adam' | 'momentum', rate: number): TrainingCase {
  const network = createNetwork(options, inputShape, 10);
  const parameters = initialise(network, Key.from(7));
  const moments = optimiser === 'adam' ? ['m', 'v'] : ['m'];
  const slots = Object.entries(parameters).flatMap(([key, value]) => moments.map((moment) => [`${key}:${moment}`, zerosLike(value)] as const));
  const step: HostTensor = { dtype: 'float32', shape: [], data: new Float32Array(1) };
  const state: NamedHostTensors = { ...parameters, ...Object.fromEntries(slots), ...(optimiser === 'adam' ? { step } : {}) };
  const update = optimiser === 'adam' ? adam(rate) : momentum(rate);
  const program: Program = {
    name,
    apply(all, { x, y }) {
      const trained = Object.fromEntries(Object.keys(modelState(network)).map((key) => [key, all[key]!]));
      const { value, gradients } = valueAndGradients(
        (at) => ({ value: tf.mean(crossEntropy(forward(network, at, x!, { training: true }).h, oneHot(y!, 10))) }), trained);
      return { outputs: { loss: value }, state: update(all, gradients) };
    },
  };
  const pixels = uniform(Key.from('pixels'), batch * inputShape.reduce((a, b) => a * b, 1));
  const inputs: NamedHostTensors = {
    x: { dtype: 'float32', shape: [batch, ...inputShape], data: pixels },
    y: { dtype: 'int32', shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => (i * 7) % 10) },
  };
  return { name, network, options, optimiser, rate, batch, program, state, inputs, signature: { state, inputs } };
}

const normalisation = { mean: [0.5], standardDeviation: [0.5] };

/** The steps of docs/benchmarks.md. */
export const trainingCases: Readonly<Record<string, () => TrainingCase>> = {
  'mlp-256': () => makeCase('mlp-256', { architecture: 'mlp', hidden: [256, 256], activation: 'relu', dropout: 0, normalisation }, [784], 128, 'adam', 1e-3),
  'mlp-1024': () => makeCase('mlp-1024', { architecture: 'mlp', hidden: [1024, 1024], activation: 'relu', dropout: 0, normalisation }, [784], 128, 'adam', 1e-3),
  'convnet': () => makeCase(
    'convnet',
    { architecture: 'convnet', channels: [32, 64, 64], kernelSize: 3, strides: [1, 2, 2], dense: [], activation: 'relu', dropout: 0, normalisation },
    [28, 28, 1], 64, 'momentum', 0.05),
};

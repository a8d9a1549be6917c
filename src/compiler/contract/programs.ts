import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import { floats } from './row.js';

/** A whole program with its signature and the values to try it on. */
export interface ContractProgram {
  readonly program: Program;
  readonly signature: ProgramSignature;
  readonly state: NamedHostTensors;
  readonly inputs: NamedHostTensors;
}

const specsOf = (tensors: NamedHostTensors, batched: boolean): NamedSpecs =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) =>
    [name, { dtype, shape: batched && shape.length > 0 ? [-1, ...shape.slice(1)] : shape }]));

const contract = (program: Program, state: NamedHostTensors, inputs: NamedHostTensors, batched = false): ContractProgram =>
  ({ program, state, inputs, signature: { state: specsOf(state, false), inputs: specsOf(inputs, batched) } });

/** Per-channel normalisation by the statistics of the batch, [N,H,W,C]. */
function normalise(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2], true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), offset);
}

const conv = (x: tf.Tensor, w: tf.Tensor, stride = 1): tf.Tensor => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same');

/** conv, relu, pool, a pre-activation residual block with stride, dropout, global average, dense; [N,8,8,2] -> [N,3] */
function network({ w1, w2, w3, shortcut, scale, offset, dense, bias }: NamedTensors, x: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const stem = tf.relu(conv(tf.div(tf.sub(x, 0.5), 0.25), w1!)); // [N,8,8,4]
  const pooled = tf.maxPool(stem as tf.Tensor4D, 2, 2, 'same'); // [N,4,4,4]
  const active = tf.relu(normalise(pooled, scale!, offset!));
  const kept = mask === undefined ? active : tf.div(tf.mul(active, mask), 0.8);
  const residual = conv(tf.relu(conv(kept, w2!, 2)), w3!); // [N,2,2,6]
  const joined = tf.add(residual, conv(active, shortcut!, 2));
  return tf.add(tf.matMul(tf.mean(joined, [1, 2]), dense!), bias!);
}

const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor): tf.Scalar => tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)));

/** Gradients of a loss with respect to named tensors. */
function gradientsOf(tensors: NamedTensors, loss: (tensors: NamedTensors) => tf.Scalar): { value: tf.Tensor; gradients: NamedTensors } {
  const names = Object.keys(tensors);
  const f = (...values: tf.Tensor[]): tf.Scalar => loss(Object.fromEntries(names.map((name, i) => [name, values[i]!])));
  const { value, grads } = tf.valueAndGrads(f)(names.map((name) => tensors[name]!));
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}

const weights: NamedHostTensors = {
  w1: floats([3, 3, 2, 4], -0.5, 0.5), w2: floats([3, 3, 4, 6], -0.4, 0.4), w3: floats([3, 3, 6, 6], -0.3, 0.3),
  shortcut: floats([1, 1, 4, 6], -1, 1), scale: floats([4], 0.5, 1.5), offset: floats([4], -0.5, 0.5), dense: floats([6, 3]), bias: floats([3]),
};
const images: NamedHostTensors = { x: floats([5, 8, 8, 2], 0, 1), y: floats([5, 3], 0, 0.6) };

/** One step of SGD on a convolutional network with batch statistics, a residual block and a dropout mask. */
export const convolutionalStep: ContractProgram = contract({
  name: 'convolutional-step',
  apply(state, { x, y, mask }) {
    const { value, gradients } = gradientsOf(state, (parameters) => crossEntropy(network(parameters, x!, mask), y!));
    return { outputs: { loss: value }, state: Object.fromEntries(Object.keys(state).map((name) => [name, tf.sub(state[name]!, tf.mul(0.1, gradients[name]!))])) };
  },
}, weights, { ...images, mask: { ...floats([5, 4, 4, 4], 0, 1), data: floats([5, 4, 4, 4], 0, 1).data.map((u) => (u < 0.8 ? 1 : 0)) } });

/** d loss / d x for any batch size: what attacks need. */
export const inputGradient: ContractProgram = contract({
  name: 'input-gradient',
  apply(state, { x, y }) {
    const { value, gradients } = gradientsOf({ x: x! }, ({ x: image }) => crossEntropy(network(state, image!), y!));
    return { outputs: { loss: value, gradient: gradients.x! } };
  },
}, weights, images, true);

const layers: NamedHostTensors = { w1: floats([6, 8], -0.6, 0.6), b1: floats([8], -0.1, 0.1), w2: floats([8, 3], -0.6, 0.6), b2: floats([3], -0.1, 0.1) };
const moments = (prefix: string): NamedHostTensors =>
  Object.fromEntries(Object.entries(layers).map(([name, { shape }]) => [`${prefix} ${name}`, floats(shape, 0, 0.01)]));

/** One step of Adam (Kingma and Ba 2015, algorithm 1) on a multi-layer perceptron. */
export const adamStep: ContractProgram = contract({
  name: 'adam-step',
  apply(state, { x, y, rate }) {
    const names = Object.keys(layers);
    const parameters = Object.fromEntries(names.map((name) => [name, state[name]!]));
    const { value, gradients } = gradientsOf(parameters, ({ w1, b1, w2, b2 }) =>
      crossEntropy(tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x!, w1!), b1!)), w2!), b2!), y!));
    const step = tf.add(state.step!, 1);
    const correction = (decay: number): tf.Tensor => tf.sub(1, tf.pow(decay, step));
    const updates = names.flatMap((name): [string, tf.Tensor][] => {
      const first = tf.add(tf.mul(0.9, state[`m ${name}`]!), tf.mul(0.1, gradients[name]!));
      const second = tf.add(tf.mul(0.999, state[`v ${name}`]!), tf.mul(0.001, tf.square(gradients[name]!)));
      const direction = tf.div(tf.div(first, correction(0.9)), tf.add(tf.sqrt(tf.div(second, correction(0.999))), 1e-8));
      return [[name, tf.sub(state[name]!, tf.mul(rate!, direction))], [`m ${name}`, first], [`v ${name}`, second]];
    });
    return { outputs: { loss: value }, state: { ...Object.fromEntries(updates), step } };
  },
}, { ...layers, ...moments('m'), ...moments('v'), step: { dtype: 'float32', shape: [], data: Float32Array.of(3) } }, {
  x: floats([4, 6]), y: floats([4, 3], 0, 0.7), rate: { dtype: 'float32', shape: [], data: Float32Array.of(0.01) },
});

/** Flattening, row-wise softmax and a broadcast bias for any batch size. */
export const flattenedPrediction: ContractProgram = contract({
  name: 'flattened-prediction',
  apply({ w, b }, { x }) {
    const hidden = tf.relu(conv(x!, w!));
    const flat = tf.reshape(hidden, [x!.shape[0], -1]);
    return { outputs: { y: tf.softmax(tf.matMul(flat as tf.Tensor2D, b as tf.Tensor2D)), best: tf.argMax(flat, -1), all: tf.reshape(hidden, [-1]) } };
  },
}, { w: floats([3, 3, 2, 3]), b: floats([48, 5], -0.3, 0.3) }, { x: floats([3, 4, 4, 2]) }, true);

/** Training steps, predictions and gradients of feed-forward networks. */
export const imagePrograms: readonly ContractProgram[] = [convolutionalStep, inputGradient, adamStep, flattenedPrediction];

import * as tf from '@tensorflow/tfjs-core';
import { scan } from '../control/index.js';
import type { NamedTensors, Program } from '../program.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../tensors.js';
import type { ContractProgram } from './programs.js';
import { floats, integers } from './row.js';

type Matrix = tf.Tensor2D;
/** States h of all steps, [T,B,H], from inputs [T,B,V]. */
type Network = (weights: NamedTensors, x: tf.Tensor, first: tf.Tensor) => tf.Tensor;

const [STEPS, BATCH, SYMBOLS, WIDTH] = [7, 3, 5, 4];

/** Hochreiter and Schmidhuber 1997 with a forget gate; gates i, g, f, o of z = x W + h U + b. */
const lstm: Network = ({ w, u, b }, x, first) => scan({
  sequences: { x }, initial: { h: first, c: tf.zerosLike(first) },
  body: ({ x: now }, { h, c }) => {
    const z = tf.add(tf.add(tf.matMul(now as Matrix, w as Matrix), tf.matMul(h as Matrix, u as Matrix)), b!);
    const [i, g, f, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const cell = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    const hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
    return { states: { h: hidden, c: cell }, outputs: { h: hidden } };
  },
}).outputs.h!;

/** Cho et al. 2014: update and reset gates z, r, and a candidate from r * h. */
const gru: Network = ({ w, u, b, v }, x, first) => scan({
  sequences: { x }, initial: { h: first },
  body: ({ x: now }, { h }) => {
    const [xz, xr, xc] = tf.split(tf.add(tf.matMul(now as Matrix, w as Matrix), b!), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [hz, hr] = tf.split(tf.matMul(h as Matrix, u as Matrix), 2, 1) as [tf.Tensor, tf.Tensor];
    const update = tf.sigmoid(tf.add(xz, hz));
    const candidate = tf.tanh(tf.add(xc, tf.matMul(tf.mul<Matrix>(tf.sigmoid(tf.add(xr, hr)), h!), v as Matrix)));
    const hidden = tf.add(tf.mul(update, h!), tf.mul(tf.sub(1, update), candidate));
    return { states: { h: hidden }, outputs: { h: hidden } };
  },
}).outputs.h!;

/** One step of SGD on the cross-entropy of the next symbol: symbols x and y are [T,B]. */
const languageModel = (name: string, network: Network): Program => ({
  name,
  apply(state, { x, y, first }) {
    const names = Object.keys(state);
    const loss = (...values: tf.Tensor[]): tf.Scalar => {
      const weights: NamedTensors = Object.fromEntries(names.map((key, i) => [key, values[i]!]));
      const [steps, batch] = x!.shape as [number, number];
      const hidden = network(weights, tf.oneHot(x as Matrix, SYMBOLS), first!);
      const logits = tf.add(tf.matMul(tf.reshape(hidden, [steps * batch, WIDTH]), weights.out as Matrix), weights.bias!);
      const likelihood = tf.mul(tf.logSoftmax(logits), tf.oneHot(tf.reshape<tf.Rank.R1>(y!, [steps * batch]), SYMBOLS));
      return tf.neg(tf.mean(tf.sum(likelihood, 1)));
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((key) => state[key]!));
    return { outputs: { loss: value }, state: Object.fromEntries(names.map((key, i) => [key, tf.sub(state[key]!, tf.mul(0.5, grads[i]!))])) };
  },
});

const symbols = (seed: number): HostTensor => integers([STEPS, BATCH], ...Array.from({ length: STEPS * BATCH }, (_, i) => (i * i + seed * i + seed) % SYMBOLS));
const inputs: NamedHostTensors = { x: symbols(1), y: symbols(3), first: floats([BATCH, WIDTH], -0.5, 0.5) };
const signature: NamedSpecs = {
  x: { dtype: 'int32', shape: [STEPS, -1] }, y: { dtype: 'int32', shape: [STEPS, -1] }, first: { dtype: 'float32', shape: [-1, WIDTH] },
};

function contract(name: string, network: Network, weights: NamedHostTensors): ContractProgram {
  const state: NamedHostTensors = { ...weights, out: floats([WIDTH, SYMBOLS]), bias: floats([SYMBOLS], -0.2, 0.2) };
  return { program: languageModel(name, network), state, inputs, signature: { state, inputs: signature } };
}

/** Training steps of recurrent networks for any batch size. */
export const recurrentPrograms: readonly ContractProgram[] = [
  contract('lstm-step', lstm, { w: floats([SYMBOLS, 4 * WIDTH], -0.5, 0.5), u: floats([WIDTH, 4 * WIDTH], -0.5, 0.5), b: floats([4 * WIDTH], -0.2, 0.2) }),
  contract('gru-step', gru, {
    w: floats([SYMBOLS, 3 * WIDTH], -0.5, 0.5), u: floats([WIDTH, 2 * WIDTH], -0.5, 0.5), v: floats([WIDTH, WIDTH], -0.5, 0.5), b: floats([3 * WIDTH], -0.2, 0.2),
  }),
];

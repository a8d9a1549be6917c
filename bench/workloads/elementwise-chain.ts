import * as tf from '@tensorflow/tfjs-core';
import { Key, uniform } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { sameOutputs, type Workload } from './workload.js';

const ELEMENTS = 4_000_000;

/** y = min(tanh(max(sqrt|sigmoid(0.5 x + 1) x - 0.1|, 0.2)^2 / 1.7), 0.9): 12 operations. */
function chain(x: tf.Tensor): tf.Tensor {
  let h = tf.sigmoid(tf.add(tf.mul(x, 0.5), 1));
  h = tf.sqrt(tf.abs(tf.sub(tf.mul(h, x), 0.1)));
  h = tf.div(tf.square(tf.maximum(h, 0.2)), 1.7);
  return tf.minimum(tf.tanh(h), 0.9);
}

/** 12 elementwise operations on 4 million numbers; the result is a new tensor. */
export function elementwiseChain(): Workload {
  const x: HostTensor = { dtype: 'float32', shape: [ELEMENTS], data: uniform(Key.from('chain'), ELEMENTS).map((u) => 8 * u - 4) };
  return {
    name: 'elementwise-chain',
    title: 'chain of 12 elementwise operations on 4 million floats',
    model: 'elementwise-chain',
    options: {},
    tensors: { x },
    agreement: sameOutputs(1e-4),
    entries: { chain: { inputs: { x: { dtype: 'float32', shape: [ELEMENTS] } }, program: { name: 'chain', apply: (_, inputs) => ({ outputs: { y: chain(inputs['x']!) } }) } } },
    stateSpecs: {},
    state: {},
    call: async (run) => ({ outputs: await run('chain', { x }) }),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import { scan } from '../../src/compiler/control/index.js';
import type { NamedTensors } from '../../src/compiler/program.js';
import { integer, Key } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { crossEntropy, oneHot, required } from '../../src/networks/index.js';
import { optimiserOptionsSchema } from '../../src/training/optimisers/optimiser.options.js';
import { programTraining } from './program-training.js';
import { sameLosses, type Workload } from './workload.js';

const [STEPS, BATCH, VOCABULARY, WIDTH] = [50, 64, 50, 256] as const;

/**
 * Mean cross-entropy of the next token under an LSTM (Hochreiter and Schmidhuber 1997, with forget gate; gates i, f, g, o):
 * c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g); h_t = sigmoid(o) tanh(c_t). A loop over time, as JAX's `scan` is.
 */
function loss(parameters: NamedTensors, { tokens, targets }: NamedTensors): tf.Tensor {
  const flat = tf.reshape(tokens!, [STEPS * BATCH]);
  const projected = tf.add(tf.matMul(oneHot(flat, VOCABULARY) as tf.Tensor2D, required(parameters, 'cell/input') as tf.Tensor2D), required(parameters, 'cell/bias'));
  const { outputs } = scan({
    sequences: { x: tf.reshape(projected, [STEPS, BATCH, 4 * WIDTH]) },
    initial: { h: tf.zeros([BATCH, WIDTH]), c: tf.zeros([BATCH, WIDTH]) },
    body({ x }, { h, c }) {
      const gates = tf.add(x!, tf.matMul(h as tf.Tensor2D, required(parameters, 'cell/recurrent') as tf.Tensor2D));
      const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const cell = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      const hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
      return { states: { h: hidden, c: cell }, outputs: { hidden } };
    },
  });
  const logits = tf.add(tf.matMul(tf.reshape<tf.Rank.R2>(outputs['hidden']!, [STEPS * BATCH, WIDTH]), required(parameters, 'logits/kernel') as tf.Tensor2D), required(parameters, 'logits/bias'));
  return tf.mean(crossEntropy(logits, oneHot(tf.reshape(targets!, [STEPS * BATCH]), VOCABULARY)));
}

/** [T, batch] tokens in 0 ... V - 1. */
function tokens(key: Key): HostTensor {
  return { dtype: 'int32', shape: [STEPS, BATCH], data: Int32Array.from({ length: STEPS * BATCH }, (_, i) => integer(key.fold(i), VOCABULARY)) };
}

const matrix = (inputs: number, outputs: number) => ({ shape: [inputs, outputs], initialiser: { kind: 'glorot-uniform', fanIn: inputs, fanOut: outputs } } as const);
const bias = (length: number) => ({ shape: [length], initialiser: { kind: 'constant', value: 0 } } as const);

/** Language model: one-hot tokens, LSTM of width 256, 50 steps, batch 64, vocabulary 50, plain SGD. */
export const lstm = (): Workload => programTraining({
  name: 'lstm',
  title: 'LSTM of width 256, 50 steps, batch 64, vocabulary 50, SGD',
  model: 'lstm',
  options: { sizes: [VOCABULARY, WIDTH] },
  parameters: {
    'cell/input': matrix(VOCABULARY, 4 * WIDTH), 'cell/recurrent': matrix(WIDTH, 4 * WIDTH), 'cell/bias': bias(4 * WIDTH),
    'logits/kernel': matrix(WIDTH, VOCABULARY), 'logits/bias': bias(VOCABULARY),
  },
  inputs: { tokens: tokens(Key.from('tokens')), targets: tokens(Key.from('targets')) },
  optimiser: optimiserOptionsSchema.parse({ name: 'sgd', learningRate: 0.5, momentum: 0 }),
  agreement: sameLosses(5, 0.001),
  loss,
});

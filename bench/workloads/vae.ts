import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../src/compiler/program.js';
import { Key, normal } from '../../src/compiler/random/index.js';
import { required } from '../../src/networks/index.js';
import { optimiserOptionsSchema } from '../../src/training/optimisers/optimiser.options.js';
import { noiseBatch } from './classifier-training.js';
import { programTraining } from './program-training.js';
import { sameLosses, type Workload } from './workload.js';

const [BATCH, SIDE, LATENT] = [128, 28, 16] as const;
/** [height, width, channels] between convolutions and dense layers. */
const CODE = [7, 7, 64] as const;
const CODE_SIZE = CODE[0] * CODE[1] * CODE[2];

const dense = (parameters: NamedTensors, name: string, h: tf.Tensor): tf.Tensor =>
  tf.add(tf.matMul(h as tf.Tensor2D, required(parameters, `${name}/kernel`) as tf.Tensor2D), required(parameters, `${name}/bias`));

const convolution = (parameters: NamedTensors, name: string, h: tf.Tensor): tf.Tensor =>
  tf.add(tf.conv2d(h as tf.Tensor4D, required(parameters, `${name}/kernel`) as tf.Tensor4D, 2, 'same'), required(parameters, `${name}/bias`));

const transposed = (parameters: NamedTensors, name: string, h: tf.Tensor, side: number, channels: number): tf.Tensor =>
  tf.add(
    tf.conv2dTranspose(h as tf.Tensor4D, required(parameters, `${name}/kernel`) as tf.Tensor4D, [BATCH, side, side, channels], 2, 'same'),
    required(parameters, `${name}/bias`),
  );

/**
 * Negative evidence lower bound of a Bernoulli decoder, mean over the batch (Kingma and Welling 2014, equation 10):
 * sum(softplus(l) - x l) - 1/2 sum(1 + log v - m^2 - v), z = m + sqrt(v) noise.
 */
function loss(parameters: NamedTensors, { x, noise }: NamedTensors): tf.Tensor {
  let h = tf.relu(convolution(parameters, 'encode1', x!)); // [batch, 14, 14, 32]
  h = tf.relu(convolution(parameters, 'encode2', h)); // [batch, 7, 7, 64]
  const [mean, logVariance] = tf.split(dense(parameters, 'posterior', tf.reshape(h, [BATCH, CODE_SIZE])), 2, 1) as [tf.Tensor, tf.Tensor];
  const z = tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise!)); // [batch, 16]
  h = tf.reshape(tf.relu(dense(parameters, 'expand', z)), [BATCH, ...CODE]);
  h = tf.relu(transposed(parameters, 'decode1', h, SIDE / 2, 32));
  const logits = transposed(parameters, 'decode2', h, SIDE, 1);
  const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x!, logits)));
  const divergence = tf.mul(tf.sum(tf.sub(tf.sub(tf.add(logVariance, 1), tf.square(mean)), tf.exp(logVariance))), -0.5);
  return tf.div(tf.add(reconstruction, divergence), BATCH);
}

const kernel = (shape: readonly number[], fanIn: number) => ({ shape, initialiser: { kind: 'he-normal', fanIn } } as const);
const bias = (length: number) => ({ shape: [length], initialiser: { kind: 'constant', value: 0 } } as const);

/** Convolutional VAE with 16 latent variables on 28x28, batch 128, Adam. */
export const vae = (): Workload => programTraining({
  name: 'vae',
  title: 'VAE, convolutions 32-64 and back, 16 latent variables, 28x28, batch 128, Adam',
  model: 'vae',
  options: { codeShape: [CODE[2], CODE[0], CODE[1]] },
  parameters: {
    'encode1/kernel': kernel([3, 3, 1, 32], 9), 'encode1/bias': bias(32),
    'encode2/kernel': kernel([3, 3, 32, 64], 288), 'encode2/bias': bias(64),
    'posterior/kernel': kernel([CODE_SIZE, 2 * LATENT], 8 * CODE_SIZE), 'posterior/bias': bias(2 * LATENT),
    'expand/kernel': kernel([LATENT, CODE_SIZE], LATENT), 'expand/bias': bias(CODE_SIZE),
    'decode1/kernel': kernel([3, 3, 32, 64], 288), 'decode1/bias': bias(32), // [kh, kw, out, in]
    'decode2/kernel': kernel([3, 3, 1, 32], 288), 'decode2/bias': bias(1),
  },
  inputs: {
    x: noiseBatch(BATCH, [SIDE, SIDE, 1]).x,
    noise: { dtype: 'float32', shape: [BATCH, LATENT], data: normal(Key.from('noise'), BATCH * LATENT) },
  },
  optimiser: optimiserOptionsSchema.parse({ name: 'adam' }),
  agreement: sameLosses(10, 0.001),
  loss,
});

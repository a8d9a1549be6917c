/**
 * `npm run bench -- claims/inpainting`: time of completing one 28 x 28 picture over REST, one request after the other on
 * loopback, 20 chain steps each. Encoder and decoder have convolutions of 16 and 32 channels and 32 latent numbers, with random weights, on which the time does not depend.
 * Target: p50 below 50 ms for one completion.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BundleContents } from '../../src/bundles/write-bundle.js';
import type { FamilyEntry, NamedTensors } from '../../src/compiler/program.js';
import { Key, normal } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { GeneratorServer } from '../../src/modules/generation/testing/generator-server.js';

const LATENT = 32;
const REQUESTS = 200;
const WARM_UP = 20;
const SIZE = 28 * 28;

const weights: Record<string, HostTensor> = Object.fromEntries(
  Object.entries({
    conv1: [4, 4, 1, 16], conv2: [4, 4, 16, 32], hidden: [7 * 7 * 32, 128], centre: [128, LATENT], spread: [128, LATENT],
    project: [LATENT, 7 * 7 * 32], up1: [4, 4, 16, 32], up2: [4, 4, 1, 16],
  }).map(([name, shape]) => [name, { dtype: 'float32', shape, data: normal(Key.from(name), shape.reduce((a, b) => a * b)).map((w) => 0.05 * w) }]),
);

const matrix = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);
const convolution = (x: tf.Tensor, kernel: tf.Tensor): tf.Tensor => tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, 'same'), 0.2);

function encode(x: tf.Tensor, w: NamedTensors): NamedTensors {
  const maps = convolution(convolution(x, w['conv1']!), w['conv2']!);
  const h = tf.leakyRelu(matrix(tf.reshape(maps, [-1, 7 * 7 * 32]), w['hidden']!), 0.2);
  return { mean: matrix(h, w['centre']!), sigma: tf.softplus(matrix(h, w['spread']!)) };
}

/** Transposed convolution of stride 2: [N, side, side, C] -> [N, 2 side, 2 side, C2]. */
function doubled(x: tf.Tensor, side: number, kernel: tf.Tensor): tf.Tensor {
  const batch = x.shape[0];
  return tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, [batch, 2 * side, 2 * side, kernel.shape[2]!], 2, 'same');
}

function decode(z: tf.Tensor, w: NamedTensors): tf.Tensor {
  const maps = tf.reshape(tf.relu(matrix(z, w['project']!)), [-1, 7, 7, 32]);
  return tf.sigmoid(doubled(tf.relu(doubled(maps, 7, w['up1']!)), 14, w['up2']!));
}

const [picture, latent] = [{ dtype: 'float32', shape: [-1, 28, 28, 1] }, { dtype: 'float32', shape: [-1, LATENT] }] as const;
const entry = (name: string, inputs: FamilyEntry['inputs'], apply: (w: NamedTensors, given: NamedTensors) => NamedTensors): FamilyEntry =>
  ({ inputs, program: { name, apply: (w, given) => ({ outputs: apply(w, given) }) } });

const contents: BundleContents = {
  name: 'convolutional', task: 'generation', input: { shape: [28, 28, 1], bounds: [0, 1], layout: 'NHWC' }, classes: ['none'],
  generation: { method: 'vae', latent: LATENT, conditional: false, attributes: false, pixels: 'bernoulli' },
  network: {}, metrics: {}, parameters: weights, rampartVersion: '0.0.0',
  programs: { decode: entry('decode', { z: latent }, (w, { z }) => ({ x: decode(z!, w) })), encode: entry('encode', { x: picture }, (w, { x }) => encode(x!, w)) },
};

const server = await GeneratorServer.start({ convolutional: contents });
const url = await server.listen();
const body = (completions: number): string =>
  JSON.stringify({ picture: new Array<number>(SIZE).fill(0.5), mask: Array.from({ length: SIZE }, (_, i) => (i < SIZE / 2 ? 1 : 0)), completions, steps: 20 });

process.stdout.write('| completions | p50 ms | p90 ms | max ms |\n|---|---|---|---|\n');
for (const completions of [1, 4, 16]) {
  const times: number[] = [];
  const request = body(completions);
  for (let i = 0; i < WARM_UP + REQUESTS; i++) {
    const start = performance.now();
    const response = await fetch(`${url}/api/v1/models/convolutional/inpaint`, { method: 'POST', body: request, headers: { 'content-type': 'application/json' } });
    await response.json();
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    if (i >= WARM_UP) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (fraction: number): string => times[Math.min(Math.floor(fraction * times.length), times.length - 1)]!.toFixed(1);
  process.stdout.write(`| ${completions} | ${at(0.5)} | ${at(0.9)} | ${at(1)} |\n`);
}
await server.stop();

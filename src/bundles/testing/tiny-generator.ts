import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../../compiler/program.js';
import { normal, Key } from '../../compiler/random/index.js';
import type { HostTensor, NamedSpecs } from '../../compiler/tensors.js';
import type { GenerationDescription } from '../manifest.js';
import type { BundleContents } from '../write-bundle.js';

export interface TinyGeneratorOptions {
  /** Default vae. */
  readonly method?: GenerationDescription['method'];
  /** Default false: takes a class y. */
  readonly conditional?: boolean;
  /** Default false: draws labels too. */
  readonly attributes?: boolean;
  /** One example; default [8, 8, 1]. */
  readonly shape?: readonly number[];
}

const LATENT = 4;
const CLASSES = ['a', 'b', 'c'];

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const matrix = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);
const classOf = (inputs: NamedTensors): tf.Tensor => tf.cast(tf.oneHot(inputs['y'] as tf.Tensor1D, CLASSES.length), 'float32');

/** The functions between x, z and labels: linear, with a sigmoid for pixels and a softmax for labels. */
function tinyFunctions(shape: readonly number[], { conditional, attributes }: Required<Pick<TinyGeneratorOptions, 'conditional' | 'attributes'>>) {
  const withClass = (h: tf.Tensor, state: NamedTensors, kernel: string, inputs: NamedTensors): tf.Tensor =>
    (conditional ? tf.add(h, matrix(classOf(inputs), state[kernel]!)) : h);
  const decode = (state: NamedTensors, z: tf.Tensor, inputs: NamedTensors): NamedTensors => ({
    x: tf.reshape(tf.sigmoid(withClass(matrix(z, state['decoder']!), state, 'decoderClass', inputs)), [-1, ...shape]),
    ...(attributes && { labels: tf.softmax(matrix(z, state['decoderLabels']!)) }),
  });
  const encode = (state: NamedTensors, x: tf.Tensor, labels: tf.Tensor | undefined, inputs: NamedTensors): { mean: tf.Tensor; sigma: tf.Tensor } => {
    const flat = tf.sub(tf.reshape(x, [-1, size(shape)]), 0.5);
    const h = withClass(matrix(flat, state['encoder']!), state, 'encoderClass', inputs);
    return { mean: labels === undefined ? h : tf.add(h, matrix(labels, state['encoderLabels']!)), sigma: tf.sigmoid(matrix(flat, state['encoderSigma']!)) };
  };
  return { decode, encode };
}

/** Signatures of the tiny generator of a method, as the method's real ones. */
function tinyPrograms(shape: readonly number[], options: Required<TinyGeneratorOptions>): Record<string, FamilyEntry> {
  const { decode, encode } = tinyFunctions(shape, options);
  const float = (...dimensions: number[]) => ({ dtype: 'float32' as const, shape: [-1, ...dimensions] });
  const [x, z] = [float(...shape), float(LATENT)];
  const y: NamedSpecs = options.conditional ? { y: { dtype: 'int32' as const, shape: [-1] } } : {};
  const labels: NamedSpecs = options.attributes ? { labels: float(CLASSES.length) } : {};
  const entry = (name: string, inputs: FamilyEntry['inputs'], apply: (state: NamedTensors, given: NamedTensors) => NamedTensors): FamilyEntry =>
    ({ inputs, program: { name, apply: (state, given) => ({ outputs: apply(state, given) }) } });
  const flatPixels = (given: tf.Tensor): tf.Tensor => tf.reshape(given, [-1, size(shape)]);
  const all: Record<string, FamilyEntry> = {
    decode: entry('decode', { z, ...y }, (state, given) => decode(state, given['z']!, given)),
    encode: entry('encode', { x, ...y, ...labels }, (state, given) => ({ ...encode(state, given['x']!, given['labels'], given) })),
    transition: entry('transition', { z, eps: z, ...y }, (state, given) => {
      const decoded = decode(state, given['z']!, given);
      const { mean, sigma } = encode(state, decoded['x']!, decoded['labels'], given);
      return { ...decoded, next: tf.add(mean, tf.mul(sigma, given['eps']!)) };
    }),
    discriminate: entry('discriminate', { x, ...(options.method !== 'gan' && { z }), ...y, ...labels }, (state, given) => {
      const onPixels = tf.sum(matrix(flatPixels(given['x']!), state['encoder']!), -1);
      const variables = [given['z'], given['labels']].filter((variable) => variable !== undefined).map((variable) => tf.sum(tf.square(variable), -1));
      const logit = variables.reduce((sum, variable) => tf.add(sum, variable), onPixels);
      return { logit: options.conditional ? tf.add(logit, tf.cast(given['y']!, 'float32')) : logit };
    }),
    logLikelihood: entry('logLikelihood', { x, z, ...y }, (state, given) => {
      // Bernoulli: sum over pixels of x log m + (1 - x) log(1 - m); m stays inside (0, 1) at these weights.
      const [target, m] = [given['x']!, decode(state, given['z']!, given)['x']!].map(flatPixels) as [tf.Tensor, tf.Tensor];
      return { value: tf.sum(tf.add(tf.mul(target, tf.log(m)), tf.mul(tf.sub(1, target), tf.log(tf.sub(1, m)))), -1) };
    }),
  };
  const kept: Readonly<Record<GenerationDescription['method'], readonly string[]>> = {
    'vae': ['decode', 'encode', 'transition', 'logLikelihood'],
    'dr-vae': ['decode', 'encode', 'transition', 'logLikelihood'],
    'gan': ['decode', 'discriminate'],
    'ali': ['decode', 'encode', 'transition', 'discriminate'],
    'gibbsnet': ['decode', 'encode', 'transition', 'discriminate'],
  };
  return Object.fromEntries(kept[options.method].map((name) => [name, all[name]!]));
}

/** Contents of a generator's bundle with random weights: 4 latent numbers, classes a, b, c, Bernoulli pixels. */
export function tinyGenerator(given: TinyGeneratorOptions = {}): BundleContents {
  const options = { method: 'vae', conditional: false, attributes: false, shape: [8, 8, 1], ...given } as const;
  const { method, conditional, attributes, shape } = options;
  const draw = (name: string, ...dimensions: number[]): HostTensor =>
    ({ dtype: 'float32', shape: dimensions, data: normal(Key.from(name), size(dimensions)).map((v) => 0.3 * v) });
  const [pixels, classes] = [size(shape), CLASSES.length];
  return {
    name: 'tiny-generator',
    task: 'generation',
    input: { shape: [...shape], bounds: [0, 1], layout: shape.length === 3 ? 'NHWC' : 'features' },
    classes: CLASSES,
    generation: { method, latent: LATENT, conditional, attributes, pixels: 'bernoulli' },
    network: { architecture: 'tiny' },
    metrics: {},
    programs: tinyPrograms(shape, options),
    parameters: {
      decoder: draw('decoder', LATENT, pixels), encoder: draw('encoder', pixels, LATENT), encoderSigma: draw('encoderSigma', pixels, LATENT),
      ...(conditional && { decoderClass: draw('decoderClass', classes, pixels), encoderClass: draw('encoderClass', classes, LATENT) }),
      ...(attributes && { decoderLabels: draw('decoderLabels', LATENT, classes), encoderLabels: draw('encoderLabels', classes, LATENT) }),
    },
    rampartVersion: '0.0.0',
  };
}

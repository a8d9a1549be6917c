import * as tf from '@tensorflow/tfjs-core';
import { stopGradient } from '../../compiler/control/index.js';
import { classGiven, required, sampleGaussian, type Generator, type Given } from '../../networks/index.js';
import { dequantisationDraws, dequantised } from './data-pixels.js';
import type { DrawSpec, GenerationArguments, GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';
import { jointGame, type JointSample } from './joint-game.js';

/** Labels of the data as variables: (1 - s) y + s / C, so that the discriminator cannot tell them by their hardness. */
const LABEL_SMOOTHING = 0.1;

const chainNoise = (step: number): string => `eps-${step}`;

/** The variables beside x and z, with labels where they belong to the chain. */
const withLabels = (given: Given, labels: tf.Tensor | undefined): Given => (labels === undefined ? given : { ...given, labels });

/** The clamped pair: x of the data and one inference from it. */
function clamped(generator: Generator, at: GenerationArguments): JointSample {
  const { shape, encoder } = generator;
  const labels = shape.attributes ? tf.add(tf.mul(at.y, 1 - LABEL_SMOOTHING), LABEL_SMOOTHING / shape.classCount) : undefined;
  const given = withLabels(classGiven(generator.shape, at.y), labels);
  const x = dequantised(at);
  return { x, z: sampleGaussian(encoder!.encode(at.state, x, given), required(at.draws, 'eps')), given };
}

/**
 * The unclamped pair (x_{N-1}, z_{N-1}): z_0 ~ N(0, I); x_i = Dec(z_i), z_{i+1} = Enc(x_i, eps_i). The x is decoded from the z
 * of its pair. chainGrad: `full` differentiates the whole chain; `lastEncDec` cuts before every inference, which leaves the
 * last inference and what follows it; `last` cuts after it too, which leaves the last decoding.
 */
function unclamped(generator: Generator, { steps, chainGrad }: GenerationOptionsOf<'gibbsnet'>, at: GenerationArguments): JointSample {
  const { encoder, decoder } = generator;
  const given = classGiven(generator.shape, at.y);
  const cut = (tensor: tf.Tensor): tf.Tensor => (chainGrad === 'full' ? tensor : stopGradient(tensor));
  let z = required(at.draws, 'z');
  let decoded = decoder.decode(at.state, z, given);
  for (let step = 1; step < steps; step++) {
    const labels = decoded.labels === undefined ? undefined : cut(decoded.labels);
    const q = encoder!.encode(at.state, cut(decoded.x), withLabels(given, labels));
    const inferred = sampleGaussian(q, required(at.draws, chainNoise(step)));
    z = chainGrad === 'last' ? stopGradient(inferred) : inferred;
    decoded = decoder.decode(at.state, z, given);
  }
  return { x: decoded.x, z, given: withLabels(given, decoded.labels) };
}

/**
 * GibbsNet (Lamb et al. 2017, arXiv:1712.04120): a joint discriminator compares clamped pairs (data, inferred z) with the
 * end of an unclamped chain of N decodings, and encoder and decoder make them alike, with the losses of ALI. N = 1 is ALI.
 * With attributes the labels are variables like x: drawn as probabilities by the decoder, seen by encoder and discriminator.
 */
export function gibbsnet(options: GenerationOptionsOf<'gibbsnet'>, generator: Generator, batchSize: number): GenerationMethod {
  const latent: DrawSpec = { shape: [batchSize, generator.shape.latent], distribution: 'normal' };
  const chain = Object.fromEntries(Array.from({ length: options.steps - 1 }, (_, i) => [chainNoise(i + 1), latent]));
  return {
    generator,
    criticSteps: 1,
    samplingSteps: options.steps,
    frozen: {},
    draws: { z: latent, eps: latent, ...chain, ...dequantisationDraws(generator, batchSize) },
    players: jointGame(generator, options.gradientPenalty, (at) => ({ data: clamped(generator, at), generated: unclamped(generator, options, at) })),
  };
}

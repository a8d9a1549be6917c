import * as tf from '@tensorflow/tfjs-core';
import { classGiven, required, sampleGaussian, type Decoded, type Generator } from '../../networks/index.js';
import type { GenerationArguments, GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';
import { klDivergence, klPenalty } from './kl-divergence.js';

export interface VaeTerms {
  readonly decoded: Decoded;
  /** mean_i sum_j KL_j with free bits; scalar. */
  readonly kl: tf.Tensor;
  /** -mean_i log p(x_i | z_i); scalar. */
  readonly reconstruction: tf.Tensor;
}

/** z = mean(x) + sigma(x) eps, one draw for each example, and both terms of the bound. */
export function vaeTerms(generator: Generator, freeBits: number, { state, x, y, draws }: GenerationArguments): VaeTerms {
  const { encoder, decoder, likelihood } = generator;
  const q = encoder!.encode(state, x, classGiven(generator.shape, y));
  const decoded = decoder.decode(state, sampleGaussian(q, required(draws, 'eps')), classGiven(generator.shape, y));
  return {
    decoded,
    kl: klPenalty(klDivergence(q), freeBits),
    reconstruction: tf.neg(tf.mean(likelihood!.logLikelihood(state, x, decoded))),
  };
}

/**
 * Variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114): encoder and decoder minimise
 *
 *   mean_i [ -log p(x_i | z_i) + beta KL(q(z | x_i) || N(0, I)) ],   z_i = mean(x_i) + sigma(x_i) eps_i,
 *
 * all terms summed over values and dimensions. beta: Higgins et al. 2017; free bits: Kingma et al. 2016 (arXiv:1606.04934).
 */
export function vae({ beta, freeBits }: GenerationOptionsOf<'vae'>, generator: Generator, batchSize: number): GenerationMethod {
  return {
    generator,
    criticSteps: 1,
    samplingSteps: 1,
    frozen: {},
    draws: { eps: { shape: [batchSize, generator.shape.latent], distribution: 'normal' } },
    players: {
      generator: {
        parameters: generator.parameters,
        loss(given) {
          const { kl, reconstruction } = vaeTerms(generator, freeBits, given);
          return { loss: tf.add(reconstruction, tf.mul(kl, beta)), metrics: { reconstruction, kl }, statistics: {} };
        },
      },
    },
  };
}

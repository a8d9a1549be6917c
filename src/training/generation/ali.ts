import { classGiven, required, sampleGaussian, type Generator } from '../../networks/index.js';
import { dequantisationDraws, dequantised } from './data-pixels.js';
import type { GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';
import { jointGame } from './joint-game.js';

/**
 * Adversarially learned inference (Dumoulin et al. 2017, arXiv:1606.00704, equations 2 and 3, non-saturating): one
 * discriminator sees pairs (x, z^) with z^ = mean(x) + sigma(x) eps, and pairs (x~, z) with z ~ N(0, I), x~ = Dec(z);
 *
 *   L_D = mean [ softplus(-D(x, z^)) + softplus(D(x~, z)) ],   L_G = mean [ softplus(D(x, z^)) + softplus(-D(x~, z)) ].
 *
 * Encoder and decoder descend L_G, the encoder through z^ and the decoder through x~. Conditional: all three see y, the
 * labels of the batch on both sides.
 */
export function ali({ gradientPenalty }: GenerationOptionsOf<'ali'>, generator: Generator, batchSize: number): GenerationMethod {
  const { encoder, decoder, shape } = generator;
  const latent = { shape: [batchSize, shape.latent], distribution: 'normal' } as const;
  return {
    generator,
    criticSteps: 1,
    samplingSteps: 1,
    frozen: {},
    draws: { z: latent, eps: latent, ...dequantisationDraws(generator, batchSize) },
    players: jointGame(generator, gradientPenalty, (at) => {
      const given = classGiven(shape, at.y);
      const [x, z] = [dequantised(at), required(at.draws, 'z')];
      const inferred = sampleGaussian(encoder!.encode(at.state, x, given), required(at.draws, 'eps'));
      return { data: { x, z: inferred, given }, generated: { x: decoder.decode(at.state, z, given).x, z, given } };
    }),
  };
}

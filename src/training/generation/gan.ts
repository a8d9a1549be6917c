import * as tf from '@tensorflow/tfjs-core';
import { classGiven, required, type Generator } from '../../networks/index.js';
import { decoderLoss, discriminatorAccuracy, discriminatorLoss, type AdversarialLoss } from './adversarial-losses.js';
import { dequantisationDraws, dequantised } from './data-pixels.js';
import type { GenerationArguments, GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';
import { slopeOnePenalty, slopeZeroPenalty } from './gradient-penalties.js';

const DEFAULT_PENALTY: Readonly<Record<AdversarialLoss, number>> = { 'non-saturating': 1, 'hinge': 1, 'wasserstein': 10 };

/**
 * Generative adversarial network (Goodfellow et al. 2014, arXiv:1406.2661): x~ = Dec(z), z ~ N(0, I), against data x, with
 * a = D(x) and b = D(x~). `adversarial-losses.ts` has the losses; the discriminator's has `gradientPenalty` times a penalty of
 * its slope besides: at the data towards 0, and for wasserstein in between towards 1. Both players move at once, from the
 * same values.
 */
export function gan(options: GenerationOptionsOf<'gan'>, generator: Generator, batchSize: number): GenerationMethod {
  const { decoder, discriminator, shape } = generator;
  const wasserstein = options.loss === 'wasserstein';
  const weight = options.gradientPenalty ?? DEFAULT_PENALTY[options.loss];
  const generate = ({ state, y, draws }: GenerationArguments): tf.Tensor => decoder.decode(state, required(draws, 'z'), classGiven(shape, y)).x;
  return {
    generator,
    criticSteps: options.criticSteps,
    samplingSteps: 1,
    frozen: {},
    draws: {
      z: { shape: [batchSize, shape.latent], distribution: 'normal' },
      ...dequantisationDraws(generator, batchSize),
      ...(wasserstein && { interpolation: { shape: [batchSize, ...shape.inputShape.map(() => 1)], distribution: 'uniform' as const } }),
    },
    players: {
      generator: {
        parameters: decoder.parameters,
        loss(given) {
          const { logit } = discriminator!.discriminate(given.state, generate(given), undefined, classGiven(shape, given.y));
          return { loss: decoderLoss(options.loss, logit), metrics: {}, statistics: {} };
        },
      },
      discriminator: {
        parameters: discriminator!.parameters,
        loss(given) {
          const [x, generated] = [dequantised(given), generate(given)];
          const judge = (at: tf.Tensor) => discriminator!.discriminate(given.state, at, undefined, classGiven(shape, given.y));
          const { logit: data, statistics } = judge(x);
          const verdicts = { data, generated: judge(generated).logit };
          const loss = discriminatorLoss(options.loss, verdicts);
          // The scores of a Wasserstein critic have no meaningful 0.
          const metrics = wasserstein ? {} : discriminatorAccuracy(verdicts);
          if (weight === 0) return { loss, metrics, statistics };
          const score = (at: tf.Tensor): tf.Tensor => judge(at).logit;
          const penalty = wasserstein
            ? slopeOnePenalty(score, x, generated, required(given.draws, 'interpolation'))
            : slopeZeroPenalty(score, [x]);
          return { loss: tf.add(loss, tf.mul(penalty, weight)), metrics: { ...metrics, 'gradient-penalty': penalty }, statistics };
        },
      },
    },
  };
}

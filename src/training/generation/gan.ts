import * as tf from '@tensorflow/tfjs-core';
import { classGiven, required, type Generator } from '../../networks/index.js';
import { decoderLoss, discriminatorAccuracy, discriminatorLoss } from './adversarial-losses.js';
import { dequantisationDraws, dequantised } from './data-pixels.js';
import type { GenerationArguments, GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';

/** Keeps the root differentiable where a gradient vanishes. */
const EPSILON = 1e-12;

/** mean_i (|d D / d x^_i| - 1)^2 at x^ = u x + (1 - u) x~, u uniform for each example (Gulrajani et al. 2017, equation 3). */
function gradientPenalty(score: (x: tf.Tensor) => tf.Tensor, data: tf.Tensor, generated: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const between = tf.add(tf.mul(data, u), tf.mul(generated, tf.sub(1, u)));
  const slope = tf.grad((at) => tf.sum(score(at)))(between);
  const norm = tf.sqrt(tf.add(tf.sum(tf.reshape(tf.square(slope), [data.shape[0], -1]), -1), EPSILON));
  return tf.mean(tf.square(tf.sub(norm, 1)));
}

/**
 * Generative adversarial network (Goodfellow et al. 2014, arXiv:1406.2661): x~ = Dec(z), z ~ N(0, I), against data x, with
 * a = D(x) and b = D(x~). `adversarial-losses.ts` has the losses; wasserstein adds `gradientPenalty` times the penalty
 * (Gulrajani et al. 2017, arXiv:1704.00028). Both players move at once, from the same values.
 */
export function gan(options: GenerationOptionsOf<'gan'>, generator: Generator, batchSize: number): GenerationMethod {
  const { decoder, discriminator, shape } = generator;
  const penalised = options.loss === 'wasserstein' && options.gradientPenalty > 0;
  const generate = ({ state, y, draws }: GenerationArguments): tf.Tensor => decoder.decode(state, required(draws, 'z'), classGiven(shape, y)).x;
  return {
    generator,
    criticSteps: options.criticSteps,
    frozen: {},
    draws: {
      z: { shape: [batchSize, shape.latent], distribution: 'normal' },
      ...dequantisationDraws(generator, batchSize),
      ...(penalised && { interpolation: { shape: [batchSize, ...shape.inputShape.map(() => 1)], distribution: 'uniform' as const } }),
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
          const metrics = options.loss === 'wasserstein' ? {} : discriminatorAccuracy(verdicts);
          if (!penalised) return { loss, metrics, statistics };
          const penalty = gradientPenalty((at) => judge(at).logit, x, generated, required(given.draws, 'interpolation'));
          return { loss: tf.add(loss, tf.mul(penalty, options.gradientPenalty)), metrics: { ...metrics, 'gradient-penalty': penalty }, statistics };
        },
      },
    },
  };
}

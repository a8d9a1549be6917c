import * as tf from '@tensorflow/tfjs-core';
import type { Generator, Given, VariableSpec } from '../../networks/index.js';
import { discriminatorAccuracy, discriminatorLoss, inferenceLoss } from './adversarial-losses.js';
import type { GenerationArguments, GenerationMethod } from './generation-method.js';
import { slopeZeroPenalty } from './gradient-penalties.js';

/** One side's values of all variables. */
export interface JointSample {
  readonly x: tf.Tensor;
  readonly z: tf.Tensor;
  readonly given: Given;
}

/** Pairs (x of the data, inferred z) and (generated x, the z that it was decoded from). */
export interface JointSamples {
  readonly data: JointSample;
  readonly generated: JointSample;
}

/**
 * The game of a joint discriminator against encoder and decoder: both move at once, from the same values. Each loss is
 * differentiated with respect to its own player's parameters, so the samples are constants for the discriminator, whose loss
 * has `gradientPenalty` times the penalty of its slope at the pairs with data besides.
 */
export function jointGame(generator: Generator, gradientPenalty: number, sample: (given: GenerationArguments) => JointSamples): GenerationMethod['players'] {
  const { encoder, decoder, discriminator } = generator;
  const judge = (given: GenerationArguments) => {
    const { data, generated } = sample(given);
    const [first, second] = [data, generated].map((side) => discriminator!.discriminate(given.state, side.x, side.z, side.given));
    return { data, verdicts: { data: first!.logit, generated: second!.logit }, statistics: first!.statistics };
  };
  const parameters: Record<string, VariableSpec> = { ...encoder!.parameters, ...decoder.parameters };
  return {
    generator: {
      parameters,
      loss: (given) => ({ loss: inferenceLoss(judge(given).verdicts), metrics: {}, statistics: {} }),
    },
    discriminator: {
      parameters: discriminator!.parameters,
      loss(given) {
        const { data, verdicts, statistics } = judge(given);
        const loss = discriminatorLoss('non-saturating', verdicts);
        const metrics = discriminatorAccuracy(verdicts);
        if (gradientPenalty === 0) return { loss, metrics, statistics };
        const penalty = slopeZeroPenalty((x, z) => discriminator!.discriminate(given.state, x, z, data.given).logit, [data.x, data.z]);
        return { loss: tf.add(loss, tf.mul(penalty, gradientPenalty)), metrics: { ...metrics, 'gradient-penalty': penalty }, statistics };
      },
    },
  };
}

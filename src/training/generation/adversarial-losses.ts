import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';

/** Logits [batch] of pairs with data and of generated ones. */
export interface Verdicts {
  readonly data: tf.Tensor;
  readonly generated: tf.Tensor;
}

export type AdversarialLoss = 'non-saturating' | 'hinge' | 'wasserstein';

/** Mean of the sum of both: the halves of a loss. */
const total = (data: tf.Tensor, generated: tf.Tensor): tf.Tensor => tf.add(tf.mean(data), tf.mean(generated));

/**
 * What the discriminator minimises, with the logits a of data and b of generated examples:
 * non-saturating softplus(-a) + softplus(b); hinge relu(1 - a) + relu(1 + b); wasserstein b - a.
 */
export function discriminatorLoss(kind: AdversarialLoss, { data, generated }: Verdicts): tf.Tensor {
  switch (kind) {
    case 'non-saturating': return total(tf.softplus(tf.neg(data)), tf.softplus(generated));
    case 'hinge': return total(tf.relu(tf.sub(1, data)), tf.relu(tf.add(1, generated)));
    case 'wasserstein': return total(tf.neg(data), generated);
  }
}

/** What the decoder of a plain GAN minimises: softplus(-b) for the non-saturating loss, -b for the other two. */
export const decoderLoss = (kind: AdversarialLoss, generated: tf.Tensor): tf.Tensor =>
  tf.mean(kind === 'non-saturating' ? tf.softplus(tf.neg(generated)) : tf.neg(generated));

/**
 * What encoder and decoder minimise together: softplus(a) + softplus(-b), the discriminator's loss with both labels
 * exchanged. The encoder learns through a, whose pairs hold its z.
 */
export const inferenceLoss = ({ data, generated }: Verdicts): tf.Tensor => total(tf.softplus(data), tf.softplus(tf.neg(generated)));

/** Shares of the pairs that the discriminator sorts right. */
export const discriminatorAccuracy = ({ data, generated }: Verdicts): NamedTensors => ({
  'accuracy-data': tf.mean(tf.cast(tf.greater(data, 0), 'float32')),
  'accuracy-generated': tf.mean(tf.cast(tf.less(generated, 0), 'float32')),
});

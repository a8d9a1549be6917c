import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, forward } from '../../networks/index.js';
import type { OptionsOf } from './method.options.js';
import type { Method } from './method.js';

/**
 * Empirical risk minimisation: mean_i CE(f(x_i), t_i) with t = (1 - s) y + s / C, label smoothing s (Szegedy et al. 2016,
 * section 7). Weight decay belongs to the optimiser and dropout to the network.
 */
export function erm({ labelSmoothing: s }: OptionsOf<'erm'>): Method {
  return {
    variants: {
      plain: {
        draws: {},
        loss({ network, state, x, y, masks }) {
          const { h: logits, statistics } = forward(network, state, x, { training: true, masks });
          const targets = s === 0 ? y : tf.add(tf.mul(y, 1 - s), s / network.classCount);
          return { loss: tf.mean(crossEntropy(logits, targets)), statistics, logits };
        },
      },
    },
    draw: () => ({ variant: 'plain', draws: {} }),
  };
}

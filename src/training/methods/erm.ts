import * as tf from '@tensorflow/tfjs-core';
import type { LossFunction } from '../../expressions/index.js';
import { forward } from '../../networks/index.js';
import type { OptionsOf } from './method.options.js';
import type { Method } from './method.js';

/**
 * Empirical risk minimisation: L(f(x), t) with t = (1 - s) y + s / C, label smoothing s (Szegedy et al. 2016, section 7);
 * a loss of class numbers has no smoothing. Weight decay belongs to the optimiser and dropout to the network.
 */
export function erm({ labelSmoothing: s }: OptionsOf<'erm'>, loss: LossFunction): Method {
  return {
    variants: {
      plain: {
        draws: {},
        loss({ network, state, x, y, labels, masks }) {
          const { h: logits, statistics } = forward(network, state, x, { training: true, masks });
          const targets = s === 0 ? y : tf.add(tf.mul(y, 1 - s), s / network.classCount);
          return { loss: loss.apply(logits, loss.form === 'labels' ? labels : targets), statistics, logits };
        },
      },
    },
    draw: () => ({ variant: 'plain', draws: {} }),
  };
}

import type { OptionsOf } from './method.options.js';
import type { Method } from './method.js';
import { drawMixing, mixingVariant } from './mixing.js';

/**
 * Input mixup (Zhang et al. 2018, "mixup: beyond empirical risk minimization", arXiv:1710.09412):
 * mean_i CE(f(l x_i + (1 - l) x_pi(i)), l y_i + (1 - l) y_pi(i)), one l ~ Beta(alpha, alpha) and one pi for each batch.
 */
export const inputMixup = ({ alpha }: OptionsOf<'input-mixup'>, batchSize: number): Method => ({
  variants: { 'mix-0': mixingVariant(0, batchSize) },
  draw: (key) => ({ variant: 'mix-0', draws: drawMixing(key, alpha, batchSize) }),
});

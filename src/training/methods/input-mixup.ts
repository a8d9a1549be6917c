import type { LossFunction } from '../../expressions/index.js';
import type { OptionsOf } from './method.options.js';
import type { Method } from './method.js';
import { drawMixing, mixingVariant } from './mixing.js';

/**
 * Input mixup (Zhang et al. 2018, "mixup: beyond empirical risk minimization", arXiv:1710.09412):
 * L(f(l x + (1 - l) x[pi]), l y + (1 - l) y[pi]), one l ~ Beta(alpha, alpha) and one pi for each batch.
 */
export const inputMixup = ({ alpha }: OptionsOf<'input-mixup'>, batchSize: number, loss: LossFunction): Method => ({
  variants: { 'mix-0': mixingVariant(0, batchSize, loss) },
  draw: (key) => ({ variant: 'mix-0', draws: drawMixing(key, alpha, batchSize) }),
});

import { integer } from '../../compiler/random/index.js';
import type { LossFunction } from '../../expressions/index.js';
import type { OptionsOf } from './method.options.js';
import type { Method } from './method.js';
import { drawMixing, mixingVariant } from './mixing.js';

/**
 * Manifold mixup (Verma et al. 2019, "Manifold mixup: better representations by interpolating hidden states",
 * arXiv:1806.05236, equation 1). For each batch: k uniform on S, l ~ Beta(alpha, alpha), pi a permutation;
 *
 *   h = g_k(x), h~ = l h + (1 - l) h[pi], y~ = l y + (1 - l) y[pi], loss = L(f_k(h~), y~)
 *
 * with the gradient of all parameters, those below k included. `blockGradient` is the paper's ablation that cuts it at k.
 * Every k of S is a variant of its own; S = {0} is input mixup.
 */
export function manifoldMixup({ alpha, mixPoints, blockGradient }: OptionsOf<'manifold-mixup'>, batchSize: number, loss: LossFunction): Method {
  const name = (k: number): string => `mix-${k}`;
  return {
    variants: Object.fromEntries(mixPoints.map((k) => [name(k), mixingVariant(k, batchSize, loss, blockGradient)])),
    draw: (key) => ({
      variant: name(mixPoints[integer(key.fold('mix-point'), mixPoints.length)]!),
      draws: drawMixing(key, alpha, batchSize),
    }),
  };
}

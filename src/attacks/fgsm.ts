import type { SettingsOf } from './attack.options.js';
import type { Attack } from './attack.js';
import { deadRows, stepAlong } from './norm-balls.js';
import { inputGradient } from './objective.js';
import { inputWidth } from './predictions.js';

/**
 * Fast gradient sign method (Goodfellow et al. 2015, arXiv:1412.6572, section 4) and its L2 form:
 *
 *   x' = clip(x + epsilon * d),  d = argmax over |d| <= 1 of <d, g>,  g = grad_x CE(f(x), y)
 *
 * so d = sign(g) for Linf and g / |g|_2 for L2. Targeted: the step descends the cross-entropy of the target class.
 * An objective of the request takes the place of CE. d does not depend on epsilon: one gradient serves a whole grid of radii.
 */
export const fgsm: Attack<SettingsOf<'fgsm'>> = {
  name: 'fgsm',
  kind: 'single-step',
  schedule: () => ({ iterations: 1, restarts: 1 }),
  async begin(model, batch, { ball, targets, objective }) {
    const width = inputWidth(model);
    const { gradient, logits, spent } = await inputGradient(model, batch.examples, targets ?? batch.labels, { objective });
    const direction = ball.steepest(gradient, width);
    const sense = targets ? -1 : 1;
    return {
      spent,
      perRadius: { gradient: 0, forward: 0 },
      withoutGradient: deadRows(gradient, width),
      gradientLogits: logits,
      at: (epsilon) => Promise.resolve(stepAlong(batch.examples, direction, sense * epsilon)),
    };
  },
};

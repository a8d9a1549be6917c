import type { SettingsOf } from './attack.options.js';
import type { Attack } from './attack.js';
import { deadRows, stepAlong } from './norm-balls.js';
import { floatOutput, inputTensor, inputWidth } from './predictions.js';

/**
 * Fast gradient sign method (Goodfellow et al. 2015, arXiv:1412.6572, section 4) and its L2 form:
 *
 *   x' = clip(x + epsilon * d),  d = argmax over |d| <= 1 of <d, g>,  g = grad_x CE(f(x), y)
 *
 * so d = sign(g) for Linf and g / |g|_2 for L2. Targeted: the step descends the cross-entropy of the target class.
 * d does not depend on epsilon: one gradient serves a whole grid of radii.
 */
export const fgsm: Attack<SettingsOf<'fgsm'>> = {
  name: 'fgsm',
  kind: 'single-step',
  schedule: () => ({ iterations: 1, restarts: 1 }),
  async begin(model, batch, { ball, targets }) {
    const width = inputWidth(model);
    const labels = targets ?? batch.labels;
    const outputs = await model.run('lossGradient', {
      x: inputTensor(model, batch.examples),
      y: { dtype: 'int32', shape: [labels.length], data: labels },
    });
    const gradient = floatOutput(outputs, 'gradient');
    const direction = ball.steepest(gradient, width);
    const sense = targets ? -1 : 1;
    return {
      spent: { gradient: 1, forward: 0 },
      perRadius: { gradient: 0, forward: 0 },
      withoutGradient: deadRows(gradient, width),
      gradientLogits: floatOutput(outputs, 'logits'),
      at: (epsilon) => Promise.resolve(stepAlong(batch.examples, direction, sense * epsilon)),
    };
  },
};

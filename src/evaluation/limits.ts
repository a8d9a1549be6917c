import type { AttackKind } from '../attacks/attack.js';
import type { Norm } from '../attacks/attack.options.js';

const BALLS: Readonly<Record<Norm, string>> = {
  Linf: 'every feature may change by at most epsilon (Linf)',
  L2: 'the Euclidean length of the change is at most epsilon (L2)',
};

/** What the numbers of a report do not show, in plain words. */
export function limitsText(norm: Norm, kinds: readonly AttackKind[]): string[] {
  const weak = kinds.every((kind) => kind === 'single-step')
    ? [
        'Only single-step attacks ran. Their accuracy curves are upper bounds, often loose ones; a model can resist one step and fall to ten.',
      ]
    : [];
  return [
    'Accuracy under attack is an upper bound: it says which attacks failed, not that none exists. Nothing here is a proof.',
    ...weak,
    `The threat model is one ball: ${BALLS[norm]}. Rotations, blur, noise, occlusion and other changes that people ignore are not covered.`,
    'The numbers hold for the examples, the split and the model digests named above; intervals cover the choice of examples only, not retraining with another seed.',
    'The automated checks follow published check lists for such evaluations. Passing them is neither necessary nor sufficient for a sound result: a careful reader, and attacks made for this very model, remain needed.',
  ];
}

import { proportion, type Proportion } from './wilson.js';

/** Number of ones of a mask. */
export function ones(mask: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) sum += mask[i]!;
  return sum;
}

/** Share of examples whose predicted class is their label. */
export function accuracy(labels: ArrayLike<number>, predictions: ArrayLike<number>): Proportion {
  let correct = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === predictions[i]) correct += 1;
  return proportion(correct, labels.length);
}

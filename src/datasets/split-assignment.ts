import { Key, permutation } from '../compiler/random/index.js';
import { EMPTY_SPLIT } from '../errors/datasets.errors.js';
import { SPLITS, type SplitName } from './dataset.js';

export type SplitFractions = Readonly<Record<'validation' | 'test', number>>;

/**
 * Assigns every example to a split: within each class, a seeded random order gives the first round(n * test) examples to
 * test and the next round(n * validation) to validation. A class total is rounded with the remainder of the classes
 * before it, so the splits' sizes are exact too.
 *
 * @param labels [count] class indices below `classCount`.
 * @returns [count] indices into `SPLITS`.
 * @throws empty-split if a fraction above 0, or training, gets no example.
 */
export function assignSplits(labels: Uint16Array, classCount: number, fractions: SplitFractions, seed: number): Uint8Array {
  const assignment = new Uint8Array(labels.length).fill(SPLITS.indexOf('train'));
  const key = Key.from(seed).fold('split');
  const members = membersByClass(labels, classCount);
  const owed = { test: 0, validation: 0 };
  members.forEach((indices, label) => {
    const order = permutation(key.fold(label), indices.length);
    let at = 0;
    for (const split of ['test', 'validation'] as const) {
      owed[split] += indices.length * fractions[split];
      const take = Math.min(Math.round(owed[split]), indices.length - at);
      owed[split] -= take;
      for (const end = at + take; at < end; at++) assignment[indices[order[at]!]!] = SPLITS.indexOf(split);
    }
  });
  const wanted: Readonly<Record<SplitName, number>> = { train: 1 - fractions.test - fractions.validation, ...fractions };
  for (const split of SPLITS) {
    if (wanted[split] > 0 && !assignment.includes(SPLITS.indexOf(split))) throw EMPTY_SPLIT(split, labels.length, wanted[split]);
  }
  return assignment;
}

function membersByClass(labels: Uint16Array, classCount: number): Int32Array[] {
  const counts = histogram(labels, classCount);
  const members = counts.map((count) => new Int32Array(count));
  const filled = new Int32Array(classCount);
  labels.forEach((label, i) => {
    members[label]![filled[label]!++] = i;
  });
  return members;
}

/** Number of examples of each class. */
export function histogram(labels: ArrayLike<number>, classCount: number): number[] {
  const counts = new Array<number>(classCount).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]! += 1;
  return counts;
}

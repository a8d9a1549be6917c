import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPLITS } from './dataset.js';
import { assignSplits, histogram } from './split-assignment.js';

const sizes = (assignment: Uint8Array): Record<string, number> =>
  Object.fromEntries(histogram(assignment, SPLITS.length).map((count, i) => [SPLITS[i]!, count]));

describe('assignSplits', () => {
  it('gives each split its share within one example, of all and of every class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4), { minLength: 40, maxLength: 400 }), fc.double({ min: 0.1, max: 0.4, noNaN: true }),
        fc.double({ min: 0.1, max: 0.4, noNaN: true }), fc.nat(), (labels, validation, test, seed) => {
          const assignment = assignSplits(Uint16Array.from(labels), 5, { validation, test }, seed);
          const found = sizes(assignment);
          expect(Math.abs(found['test']! - labels.length * test)).toBeLessThanOrEqual(1);
          expect(Math.abs(found['validation']! - labels.length * validation)).toBeLessThanOrEqual(1);
          for (let label = 0; label < 5; label++) {
            const own = assignment.filter((_, i) => labels[i] === label);
            expect(Math.abs(sizes(own)['test']! - own.length * test)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('divides many classes of one or two examples too', () => {
    const labels = Uint16Array.from({ length: 100 }, (_, i) => i % 60);
    expect(sizes(assignSplits(labels, 60, { validation: 0.1, test: 0.2 }, 0))).toEqual({ train: 70, validation: 10, test: 20 });
  });

  it('depends on the seed only', () => {
    const labels = Uint16Array.from({ length: 100 }, (_, i) => i % 3);
    const fractions = { validation: 0.1, test: 0.2 };
    expect(assignSplits(labels, 3, fractions, 5)).toEqual(assignSplits(labels, 3, fractions, 5));
    expect(assignSplits(labels, 3, fractions, 5)).not.toEqual(assignSplits(labels, 3, fractions, 6));
  });

  it('refuses a rule that leaves a split empty', () => {
    expect(() => assignSplits(Uint16Array.of(0, 1, 0, 1), 2, { validation: 0, test: 0.05 }, 0)).toThrow(/test split would be empty.*0\.05 of 4/);
  });
});

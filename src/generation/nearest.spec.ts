import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetSplit } from '../datasets/dataset.js';
import { nearestExamples } from './nearest.js';

function splitOf(examples: Float32Array, size: number): DatasetSplit {
  const count = examples.length / size;
  return {
    count,
    labels: Uint16Array.from({ length: count }, (_, i) => i % 7),
    batch: (indices) => ({
      size: indices.length, labels: new Int32Array(indices.length),
      examples: Float32Array.from({ length: indices.length * size }, (_, i) => examples[indices[Math.floor(i / size)]! * size + (i % size)]!),
    }),
  };
}

describe('nearestExamples', () => {
  it('agrees with sorting all distances', async () => {
    const values = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3 * 70, maxLength: 3 * 70 });
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 8 }), async (numbers, k) => {
        const examples = Float32Array.from(numbers);
        const query = Float32Array.of(1, 2, 0);
        const sorted = Array.from({ length: 70 }, (_, index) => ({ index, square: [0, 1, 2].reduce((sum, j) => sum + (examples[index * 3 + j]! - query[j]!) ** 2, 0) }))
          .sort((a, b) => a.square - b.square || a.index - b.index).slice(0, k);
        const found = await nearestExamples(query, 3, splitOf(examples, 3), k);
        expect([...found.indices]).toEqual(sorted.map(({ index }) => index));
        expect([...found.distances]).toEqual(sorted.map(({ square }) => Math.fround(Math.sqrt(square))));
        expect([...found.labels]).toEqual(sorted.map(({ index }) => index % 7));
      }),
      { numRuns: 30 },
    );
  });

  it('finds a copy at distance 0, also beyond the first block and early in wide examples', async () => {
    const [count, size] = [1200, 130];
    const examples = Float32Array.from({ length: count * size }, (_, i) => ((i * i) % 10007) / 10007);
    const queries = Float32Array.from([...examples.subarray(1100 * size, 1101 * size), ...examples.subarray(3 * size, 4 * size)]);
    const { indices, distances } = await nearestExamples(queries, size, splitOf(examples, size), 2);
    expect([indices[0], indices[2]]).toEqual([1100, 3]);
    expect([distances[0], distances[2]]).toEqual([0, 0]);
    expect(distances[1]).toBeGreaterThan(0);
  });
});

import { expect, it } from 'vitest';
import { bestThreads, median, medianRatio } from './statistics.js';

it('takes the middle, or the mean of the two in the middle', () => {
  expect(median([3, 100, 1])).toBe(3);
  expect(median([4, 1, 100, 2])).toBe(3);
  expect(() => median([])).toThrow(/nothing/);
});

it('compares round by round before it takes the median', () => {
  // The machine was twice as slow in the second round for both, and a disturbance hit theirs in the third.
  expect(medianRatio([10, 20, 10], [20, 40, 400])).toBe(0.5);
  // The ratio of the medians would be 10 / 10 = 1.
  expect(medianRatio([10, 10, 40], [5, 20, 10])).toBe(2);
  expect(() => medianRatio([1], [1, 2])).toThrow(/1 rounds of ours, 2/);
});

it('judges each peer by its better number of threads', () => {
  const timed = (peer: string, threads: number, ...milliseconds: number[]) => ({ peer, threads, milliseconds });
  const best = bestThreads([timed('a', 1, 5, 6, 7), timed('a', 2, 4, 90, 4), timed('b', 1, 2, 2, 2), timed('b', 2, 3, 3, 1)]);
  expect(best.map(({ peer, threads }) => [peer, threads])).toEqual([['a', 2], ['b', 1]]);
});

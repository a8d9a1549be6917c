import { describe, expect, it } from 'vitest';
import { accuracy } from './accuracy.js';
import { brierScores } from './brier.js';
import { calibration } from './calibration.js';
import { confusionMatrix } from './confusion.js';
import { crossEntropies, mean } from './nll.js';
import { proportion } from './wilson.js';

describe('Wilson interval', () => {
  // Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3: score without continuity correction.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i / %i is [%f, %f]', (count, n, low, high) => {
    const interval = proportion(count, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('is symmetric and contains the value', () => {
    const [few, many] = [proportion(3, 40), proportion(37, 40)];
    expect(few.low).toBeCloseTo(1 - many.high, 12);
    expect(proportion(40, 40)).toMatchObject({ value: 1, high: 1 });
    expect(proportion(40, 40).low).toBeLessThan(1);
  });
});

describe('negative log likelihood', () => {
  it('follows its definition', () => {
    const [first, second] = crossEntropies(Float32Array.of(0, 0, Math.log(3), 0), [0, 1], 2);
    expect(first).toBeCloseTo(Math.LN2, 12);
    expect(second).toBeCloseTo(Math.log(4), 6);
  });

  it('neither overflows nor loses the cost of confident mistakes', () => {
    expect([...crossEntropies(Float32Array.of(2000, -2000, 1000, 1000.5), [1, 0], 2)]).toEqual([
      4000,
      expect.closeTo(Math.log(1 + Math.exp(0.5)), 10),
    ]);
    expect(mean([1, 2, 6])).toBe(3);
  });
});

describe('calibration', () => {
  it('agrees with a hand calculation over 5 bins', () => {
    // (0.8, 1]: confidences .9 .95 .85, 2 right; (0.6, 0.8]: .7 .8, 1 right; (0.2, 0.4]: .4, right.
    const { ece, bins } = calibration([0.9, 0.95, 0.85, 0.7, 0.8, 0.4], [1, 1, 0, 0, 1, 1], 5);
    expect(bins.map((bin) => bin.count)).toEqual([0, 1, 0, 2, 3]);
    expect(bins[4]).toMatchObject({ low: 0.8, high: 1, confidence: expect.closeTo(0.9, 12) as number, accuracy: 2 / 3 });
    expect(bins[0]).toMatchObject({ confidence: null, accuracy: null });
    expect(ece).toBeCloseTo((1 * 0.6 + 2 * 0.25 + 3 * (0.9 - 2 / 3)) / 6, 12);
  });

  it('puts both ends of [0, 1] into a bin and is 0 for a perfect model', () => {
    const { ece, bins } = calibration([0, 1], [0, 1]);
    expect([ece, bins.length, bins[0]!.count, bins[14]!.count]).toEqual([0, 15, 1, 1]);
  });
});

describe('accuracy, Brier score, confusion', () => {
  it('follow their definitions', () => {
    expect(accuracy([0, 1, 2, 1], [0, 1, 1, 1])).toMatchObject({ value: 0.75, count: 3, n: 4 });
    const scores = brierScores(Float32Array.of(0.5, 0.25, 0.25, 0, 0, 1), [0, 1], 3);
    expect([...scores]).toEqual([0.375, 2]);
    expect(confusionMatrix([0, 1, 2, 1], [0, 1, 1, 1], 3)).toEqual([
      [1, 0, 0],
      [0, 2, 0],
      [0, 1, 0],
    ]);
  });
});

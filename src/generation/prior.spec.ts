import { describe, expect, it } from 'vitest';
import { Key } from '../compiler/random/index.js';
import { drawNoise, drawPrior } from './prior.js';

const key = Key.from(7);

describe('drawPrior', () => {
  it('is standard normal, scaled by the temperature', () => {
    const z = drawPrior(key, 2000, 10, { temperature: 1 });
    const square = z.reduce((sum, value) => sum + value ** 2, 0) / z.length;
    expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / z.length)); // 4 standard errors
    expect(drawPrior(key, 2000, 10, { temperature: 0.5 })).toEqual(z.map((value) => 0.5 * value));
    expect(drawPrior(key, 2, 2, { temperature: 0 }).every((value) => value === 0)).toBe(true);
  });

  it('begins a longer request with the rows of a shorter one, and has rows that differ', () => {
    const long = drawPrior(key, 5, 3, { temperature: 1 });
    expect(long.subarray(0, 6)).toEqual(drawPrior(key, 2, 3, { temperature: 1 }));
    expect(new Set(long).size).toBe(15);
    expect(drawPrior(Key.from(8), 5, 3, { temperature: 1 })).not.toEqual(long);
  });

  it('truncates to the conditioned normal, and leaves coordinates inside as they are', () => {
    const [free, truncated] = [undefined, 0.5].map((truncation) => drawPrior(key, 4000, 5, { temperature: 1, truncation }));
    expect(Math.max(...truncated!)).toBeLessThanOrEqual(0.5);
    expect(Math.min(...truncated!)).toBeGreaterThanOrEqual(-0.5);
    free!.forEach((value, i) => Math.abs(value) <= 0.5 && expect(truncated![i]).toBe(value));
    // Variance of N(0, 1) given |z| <= a: 1 - 2 a phi(a) / (2 Phi(a) - 1); phi(.5) = .35206533, 2 Phi(.5) - 1 = .38292492.
    const variance = truncated!.reduce((sum, value) => sum + value ** 2, 0) / truncated!.length;
    expect(Math.abs(variance - (1 - 0.35206533 / 0.38292492))).toBeLessThan(0.002);
  });

  it('gives each chain step noise of its own', () => {
    expect(drawNoise(key, 1, 2, 3, 1)).not.toEqual(drawNoise(key, 2, 2, 3, 1));
    expect(drawNoise(key, 1, 2, 3, 1)).toEqual(drawNoise(key, 1, 2, 3, 1));
  });
});

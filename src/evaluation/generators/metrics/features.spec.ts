import { describe, expect, it } from 'vitest';
import { wave } from '../../testing/wave.js';
import { frechetDistance } from './frechet-distance.js';
import { inceptionScore } from './inception-score.js';
import { manifoldScores } from './manifold.js';
import { columnVariances, momentsOf, type Moments } from './moments.js';
import { nearestDistances, neighbourRadii } from './nearest-rows.js';

const softmax = (logits: Float32Array, classCount: number): Float32Array =>
  logits.map((logit, i) => {
    const start = i - (i % classCount);
    return Math.exp(logit) / logits.subarray(start, start + classCount).reduce((sum, other) => sum + Math.exp(other), 0);
  });

const diagonal = (mean: number[], variances: number[]): Moments => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(variances.flatMap((variance, i) => variances.map((_, j) => (i === j ? variance : 0)))),
});

describe('inception score', () => {
  it('is the number of classes for sure and even predictions, and 1 where all are alike', () => {
    const sure = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(inceptionScore(sure, 3, 1).mean).toBeCloseTo(3, 6);
    expect(inceptionScore(Float32Array.from([0.2, 0.8, 0.2, 0.8]), 2, 1)).toEqual({ mean: expect.closeTo(1, 6) as number, deviation: 0 });
  });

  it('equals exp(mean KL) of two halves computed with NumPy 1.24 in float64', () => {
    const { mean, deviation } = inceptionScore(softmax(wave(40, 0.9, { scale: 2 }), 4), 4, 2);
    expect(mean).toBeCloseTo(1.54081551, 6);
    expect(deviation).toBeCloseTo(0.05746418, 6);
  });

  it('needs a row for each part', () => {
    expect(() => inceptionScore(new Float32Array(4), 2, 3)).toThrow(/^internal:/);
  });
});

describe('Frechet distance', () => {
  it('has the closed form sum (m - n)^2 + (s - t)^2 for diagonal covariances s^2, t^2', () => {
    const distance = frechetDistance(diagonal([1, 2], [4, 9]), diagonal([0, 4], [1, 25]));
    expect(distance).toBeCloseTo(1 + 4 + 1 + 4, 9);
  });

  it('is 0 between equal moments, also of rank below the width', () => {
    const flat = momentsOf(Float32Array.from([1, 2, 2, 4, 3, 6]), 2);
    expect(frechetDistance(flat, flat)).toBeCloseTo(0, 9);
  });

  it('equals the trace by eigenvalues of the unsymmetric product S1 S2 computed with NumPy 1.24', () => {
    const [a, b] = [momentsOf(wave(60, 1.7), 3), momentsOf(wave(60, 2.3, { scale: 1.5, shift: 0.25 * 1.5 }), 3)];
    expect(frechetDistance(a, b)).toBeCloseTo(1.33614668, 6);
    expect(frechetDistance(b, a)).toBeCloseTo(1.33614668, 6);
  });
});

describe('moments', () => {
  it('have n - 1 in the denominator', () => {
    const { mean, covariance } = momentsOf(Float32Array.from([1, 0, 3, 4]), 2);
    expect([...mean]).toEqual([2, 2]);
    expect([...covariance]).toEqual([2, 4, 4, 8]);
    expect([...columnVariances(Float32Array.from([1, 0, 3, 4]), 2)]).toEqual([2, 8]);
  });
});

describe('nearest rows', () => {
  it('give the distance to the k-th other row, and to the nearest reference', () => {
    const line = Float32Array.from([0, 1, 3, 7]);
    expect([...neighbourRadii(line, 1, 1)]).toEqual([1, 1, 4, 16]);
    expect([...neighbourRadii(line, 1, 2)]).toEqual([9, 4, 9, 36]);
    expect([...nearestDistances(Float32Array.from([2, 8]), line, 1)]).toEqual([1, 1]);
    expect(() => neighbourRadii(line, 1, 4)).toThrow(/^internal:/);
  });
});

describe('precision, recall, density and coverage', () => {
  it('equal whole distance matrices computed with NumPy 1.24, k = 3', () => {
    const scores = manifoldScores(wave(48, 1.7), wave(40, 2.9, { shift: 0.3 }), 2, 3);
    expect(scores.precision).toBeCloseTo(0.95, 9);
    expect(scores.recall).toBeCloseTo(0.5, 9);
    expect(scores.density).toBeCloseTo(0.9666666667, 9);
    expect(scores.coverage).toBeCloseTo(0.5833333333, 9);
  });

  it('are 1, 1, about 1 and 1 for the data itself, and 0 for a sample far away', () => {
    const data = wave(200, 1.7);
    const same = manifoldScores(data, data, 2, 5);
    expect(same).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    expect(same.density).toBeCloseTo(1.2, 9); // each ball holds its own row and five others
    expect(manifoldScores(data, data.map((value) => value + 100), 2, 5)).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it('tell a collapsed sample: precise, without coverage', () => {
    const collapsed = wave(200, 1.7).map((_, i) => wave(2, 1.7)[i % 2]! + 1e-6 * i);
    const scores = manifoldScores(wave(200, 1.7), collapsed, 2, 5);
    expect(scores.precision).toBe(1);
    expect(scores.coverage).toBeLessThan(0.2);
    expect(scores.recall).toBeLessThan(0.2);
  });
});

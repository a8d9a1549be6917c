import { describe, expect, it } from 'vitest';
import { Key, normal } from '../../../compiler/random/index.js';
import { wave } from '../../testing/wave.js';
import { likelihoodBounds, logPriorRatio } from './likelihood.js';
import { fitLinearProbe } from './linear-probe.js';
import { mannWhitney, memorisation } from './memorisation.js';
import { posteriorUse } from './posterior.js';

/** Row-wise labels of the probe's reference run. */
const PROBE_LABELS = [
  1, 1, 2, 0, 1, 0, 1, 0, 0, 1, 2, 0, 1, 0, 2, 2, 0, 1, 0, 1, 1, 1, 1, 2, 0, 1, 0, 1, 0, 0, 1, 2, 0, 1, 0, 2, 2, 0, 1, 2,
];

describe('likelihood bounds', () => {
  const logWeights = Float64Array.from({ length: 12 }, (_, i) => 5 * Math.sin(0.8 * (i + 1)) - 100);

  it('equal mean and logsumexp - ln K computed with PyTorch 1.13 in float64', () => {
    const { elbo, iwae, effectiveDraws } = likelihoodBounds(logWeights, 4);
    [-97.0824765862, -102.8346056715, -97.2579793473].forEach((value, i) => expect(elbo[i]).toBeCloseTo(value, 8));
    [-96.019134021, -100.7640359681, -96.0265805021].forEach((value, i) => expect(iwae[i]).toBeCloseTo(value, 8));
    [1.9050866475, 1.0814296459, 1.9707998650].forEach((value, i) => expect(effectiveDraws[i]).toBeCloseTo(value, 8));
  });

  it('are both log p(x) when q is the exact posterior: p(z) = N(0, 1), p(x | z) = N(z, 1)', () => {
    // Then q(z | x) = N(x / 2, 1 / 2) and p(x) = N(0, 2), whatever the draw.
    const x = 1.3;
    const sigma = Math.SQRT1_2;
    const eps = Float32Array.from([-1, 0.2, 1.7]);
    const z = eps.map((value) => x / 2 + sigma * value);
    const ratio = logPriorRatio(z, eps, new Float32Array(3).fill(sigma), 1);
    const weights = ratio.map((value, i) => value - (x - z[i]!) ** 2 / 2 - Math.log(2 * Math.PI) / 2);
    const exact = -(x * x) / 4 - Math.log(4 * Math.PI) / 2;
    const { elbo, iwae, effectiveDraws } = likelihoodBounds(weights, 3);
    expect(elbo[0]).toBeCloseTo(exact, 6);
    expect(iwae[0]).toBeCloseTo(exact, 6);
    expect(effectiveDraws[0]).toBeCloseTo(3, 6);
  });
});

describe('use of the posterior', () => {
  it('counts moving coordinates and has the closed form of the KL', () => {
    const mean = Float32Array.from([1, 0, -1, 0]);
    const sigma = Float32Array.from([0.5, 1, 0.5, 1]);
    const { activeUnits, kl, largestMean, deviations } = posteriorUse(mean, sigma, 2);
    expect(activeUnits).toBe(1);
    expect(kl).toBeCloseTo((0.25 + 1 - 1) / 2 + Math.LN2, 6);
    expect(largestMean).toBe(0);
    expect(deviations[0]).toBeCloseTo(1, 6);
    expect(deviations[1]).toBeCloseTo(Math.sqrt(2 + 0.25), 6);
  });

  it('is idle where every posterior is the prior', () => {
    expect(posteriorUse(new Float32Array(6), new Float32Array(6).fill(1), 3)).toEqual({ activeUnits: 0, kl: 0, largestMean: 0, deviations: [1, 1] });
  });
});

describe('linear probe', () => {
  const rows = wave(120, 1.3);
  const labels = Int32Array.from(PROBE_LABELS);

  it('reaches the minimum that L-BFGS of PyTorch 1.13 finds in float64, and its predictions', () => {
    const probe = fitLinearProbe({ rows, labels }, 3, 3);
    expect(probe.objective).toBeCloseTo(0.7120908184, 7);
    const right = probe.predict(rows).reduce((sum, said, i) => sum + (said === labels[i] ? 1 : 0), 0);
    expect(right / labels.length).toBeCloseTo(0.85, 9);
  });

  it('does not depend on the scale of a column and ignores a constant one', () => {
    const moved = Float32Array.from({ length: 160 }, (_, i) => (i % 4 === 3 ? 7 : 1000 * rows[Math.floor(i / 4) * 3 + (i % 4)]!));
    const probe = fitLinearProbe({ rows: moved, labels }, 4, 3);
    expect(probe.objective).toBeCloseTo(0.7120908184, 6);
    expect([...probe.predict(moved)]).toEqual([...fitLinearProbe({ rows, labels }, 3, 3).predict(rows)]);
  });
});

describe('memorisation', () => {
  const draw = (name: string, count: number): Float32Array => normal(Key.from(name), count * 4);
  const [training, heldOut] = [draw('training', 200), draw('held out', 200)];

  it('statistic equals pairs counted one by one with NumPy 1.24', () => {
    const [a, b] = [wave(9, 1.1), wave(7, 0.6, { shift: -0.3 })].map((values) => Float64Array.from(values));
    expect(mannWhitney(a!, b!)).toBeCloseTo(0.6880329612, 8);
    expect(mannWhitney(b!, a!)).toBeCloseTo(-0.6880329612, 8);
    expect(mannWhitney(a!, a!)).toBe(0);
  });

  it('passes fresh draws and convicts copies', () => {
    const fresh = memorisation(draw('fresh', 200), training, heldOut, 4);
    expect(Math.abs(fresh.copying)).toBeLessThan(3);
    expect(fresh.nearerToTraining.low).toBeLessThan(0.5);
    expect(fresh.nearerToTraining.high).toBeGreaterThan(0.5);
    const copied = memorisation(training.map((value) => value + 1e-3), training, heldOut, 4);
    expect(copied.copying).toBeLessThan(-10);
    expect(copied.nearerToTraining.value).toBeGreaterThan(0.99);
  });

  it('needs sets of one size', () => {
    expect(() => memorisation(training, training, heldOut.subarray(4), 4)).toThrow(/^internal:/);
  });
});

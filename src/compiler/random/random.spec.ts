import { describe, expect, it } from 'vitest';
import { bernoulli, beta, categorical, gamma, integer, Key, normal, permutation, uniform } from './index.js';
import { threefry2x32 } from './threefry.js';

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
const variance = (values: ArrayLike<number>): number => {
  const centre = mean(values);
  return mean(Array.from(values).map((v) => (v - centre) ** 2));
};
const key = Key.from(2024);

describe('threefry2x32', () => {
  it('gives the known answers of the Random123 distribution', () => {
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });
});

describe('Key', () => {
  it('survives serialisation', () => {
    const child = key.fold('dropout').fold(7).split(3)[2]!;
    expect(Key.parse(JSON.parse(JSON.stringify(child)) as string)).toEqual(child);
    expect(() => Key.parse('12')).toThrow(/16 hexadecimal/);
  });
  it('gives different children to different data', () => {
    const children = [
      key, ...key.split(3), key.fold(0), key.fold(1), key.fold(2 ** 32), key.fold(2 ** 53 - 1), key.fold(''), key.fold('a'),
      key.fold('b'), key.fold('abcdefgh'), key.fold('abcdefghi'), key.fold('a\0'), Key.from('2024'), Key.from(2025), Key.from(2 ** 40),
    ];
    expect(new Set(children.map((child) => child.toJSON())).size).toBe(children.length);
  });
  it('refuses seeds that lose bits', () => {
    for (const seed of [-1, 0.5, 2 ** 53, NaN, Infinity]) expect(() => Key.from(seed)).toThrow(/seed/i);
    expect(() => key.fold(-1)).toThrow(/seed/i);
  });
  it('keeps its numbers from one release to the next', () => {
    expect(Key.from(1).toJSON()).toBe('0000000000000001');
    expect(uniform(Key.from(1), 3)).toEqual(uniform(Key.from(1), 5).slice(0, 3));
    expect(Array.from(uniform(Key.from(0), 2))).toEqual([(0x6b200159 >>> 8) / 2 ** 24, (0x99ba4efe >>> 8) / 2 ** 24]);
  });
});

describe('distributions', () => {
  const n = 100_000;
  it('uniform: range, moments, chi-squared over 100 bins', () => {
    const values = uniform(key, n);
    expect(Math.min(...values.slice(0, 5000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 5000))).toBeLessThan(1);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n)); // 4 standard errors
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.001);
    const bins = new Float64Array(100);
    for (const v of values) bins[Math.floor(v * 100)]! += 1;
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
    expect(chi2).toBeGreaterThan(55); // 99 degrees of freedom: 0.01 % ... 99.99 %
    expect(chi2).toBeLessThan(160);
  });
  it('normal: moments and tails', () => {
    const values = normal(key, n);
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance(values) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(mean(values.map((v) => v ** 3)))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(mean(values.map((v) => v ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    expect(Math.abs(mean(values.map((v) => (Math.abs(v) > 1.96 ? 1 : 0))) - 0.05)).toBeLessThan(0.003);
    expect(normal(key, 3)).toHaveLength(3);
  });
  it('split streams are uncorrelated', () => {
    const [a, b] = key.split(2).map((child) => normal(child, n));
    expect(Math.abs(mean(a!.map((v, i) => v * b![i]!)))).toBeLessThan(4 / Math.sqrt(n));
  });
  it('bernoulli: frequency and edges', () => {
    expect(Math.abs(mean(bernoulli(key, n, 0.3)) - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / n));
    expect(mean(bernoulli(key, 100, 0))).toBe(0);
    expect(mean(bernoulli(key, 100, 1))).toBe(1);
    expect(() => bernoulli(key, 1, 1.5)).toThrow(/from 0 to 1/);
  });
  it('permutation: every element once, every position equally likely', () => {
    expect(Array.from(permutation(key, 257)).sort((a, b) => a - b)).toEqual(Array.from({ length: 257 }, (_, i) => i));
    const at = new Float64Array(5);
    for (let i = 0; i < 10_000; i++) at[permutation(key.fold(i), 5).indexOf(3)]! += 1;
    for (const count of at) expect(Math.abs(count - 2000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.16));
    expect(permutation(key, 0)).toHaveLength(0);
  });
  it('integer: range', () => {
    const counts = new Float64Array(3);
    for (let i = 0; i < 9000; i++) counts[integer(key.fold(i), 3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(4 * Math.sqrt(2000));
    expect(() => integer(key, 0)).toThrow(/2\^32/);
  });
  it.each([0.3, 1, 2.5, 20])('gamma(%f): mean and variance equal the shape', (shape) => {
    const values = Float64Array.from({ length: 20_000 }, (_, i) => gamma(key.fold(i), shape));
    expect(Math.abs(mean(values) - shape)).toBeLessThan(4 * Math.sqrt(shape / 20_000));
    expect(Math.abs(variance(values) / shape - 1)).toBeLessThan(0.12);
  });
  it.each([[2, 2], [0.2, 0.2], [5, 1], [0.001, 0.001]])('beta(%f, %f): mean and variance', (a, b) => {
    const values = Float64Array.from({ length: 20_000 }, (_, i) => beta(key.fold(i), a, b));
    const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(Math.abs(mean(values) - a / (a + b))).toBeLessThan(4 * Math.sqrt(expected / 20_000));
    expect(Math.abs(variance(values) / expected - 1)).toBeLessThan(0.05);
  });
  it('categorical: frequencies follow the weights and zero weights are never drawn', () => {
    const counts = new Float64Array(4);
    for (let i = 0; i < 10_000; i++) counts[categorical(key.fold(i), [1, 0, 3, 0])]! += 1;
    expect(counts[1]! + counts[3]!).toBe(0);
    expect(Math.abs(counts[0]! - 2500)).toBeLessThan(4 * Math.sqrt(10_000 * 0.1875));
    expect(() => categorical(key, [0, 0])).toThrow(/above 0/);
  });
});

import { describe, expect, it } from 'vitest';
import { interpolate, pointsOf, spherical } from './interpolate.js';
import { combineLatents } from './latent-arithmetic.js';

const norm = (v: Float32Array): number => Math.hypot(...v);

describe('interpolate', () => {
  it('goes straight, both ends included', () => {
    expect([...interpolate('linear', [Float32Array.of(0, 4), Float32Array.of(2, 0)], 3)]).toEqual([0, 4, 1, 2, 2, 0]);
  });

  it('goes along the great circle', () => {
    const [a, b] = [Float32Array.of(2, 0), Float32Array.of(0, 2)];
    const middle = spherical(a, b, 0.5);
    expect(middle[0]).toBeCloseTo(Math.SQRT2, 6);
    expect(middle[1]).toBeCloseTo(Math.SQRT2, 6);
    const third = spherical(a, b, 1 / 3); // 30 degrees
    expect(third[0]).toBeCloseTo(2 * Math.cos(Math.PI / 6), 6);
    expect(third[1]).toBeCloseTo(1, 6);
    for (const t of [0.1, 0.5, 0.9]) expect(norm(spherical(a, b, t))).toBeCloseTo(2, 6);
    expect(spherical(a, b, 0)).toEqual(a);
    expect(spherical(a, b, 1)[1]).toBeCloseTo(2, 6);
  });

  it('falls back to the line where there is no circle', () => {
    expect([...spherical(Float32Array.of(1, 0), Float32Array.of(3, 0), 0.5)]).toEqual([2, 0]);
    expect([...spherical(Float32Array.of(0, 0), Float32Array.of(3, 0), 0.5)]).toEqual([1.5, 0]);
    expect([...spherical(Float32Array.of(1, 0), Float32Array.of(-1, 0), 0.25)]).toEqual([0.5, 0]);
  });

  it('spans a grid between four corners, row by row', () => {
    const corners = [[0], [2], [4], [6]].map((corner) => Float32Array.from(corner));
    expect([...interpolate('grid', corners, 3)]).toEqual([0, 1, 2, 2, 3, 4, 4, 5, 6]);
    expect(pointsOf('grid', 3)).toBe(9);
  });

  it('refuses another number of ends', () => {
    const ends = [Float32Array.of(0), Float32Array.of(1), Float32Array.of(2)];
    expect(() => interpolate('linear', ends, 3)).toThrow(expect.objectContaining({ code: 'interpolation-ends-invalid' }) as Error);
    expect(() => interpolate('grid', ends, 3)).toThrow(/grid interpolation needs exactly 4 ends; 3 were given/);
  });
});

describe('combineLatents', () => {
  it('sums with weights', () => {
    expect([...combineLatents(Float32Array.of(1, 2, 3, 5, 10, 20), 2, [1, -1, 0.5])]).toEqual([3, 7]);
  });
  it('refuses another number of weights', () => {
    expect(() => combineLatents(Float32Array.of(1, 2), 2, [1, 1])).toThrow(expect.objectContaining({ code: 'weights-mismatch' }) as Error);
  });
});

import { describe, expect, it } from 'vitest';
import { Key, normal, uniform } from '../compiler/random/index.js';
import { NORMS } from './attack.options.js';
import { deadRows, normBall, stepAlong } from './norm-balls.js';

const WIDTH = 50;
const centres = uniform(Key.from(1), 20 * WIDTH);
const gradient = normal(Key.from(2), 20 * WIDTH);

describe.each(NORMS)('%s ball', (norm) => {
  const ball = normBall(norm);

  it.each([0, 1e-7, 1e-3, 0.1, 0.3])('projects onto radius %s so that the float32 numbers themselves lie inside', (epsilon) => {
    const far = stepAlong(centres, gradient, 3);
    const inside = ball.project(far, centres, WIDTH, epsilon, [0, 1]);
    for (const distance of ball.distance(inside, centres, WIDTH)) expect(distance).toBeLessThanOrEqual(epsilon * (1 + 1e-6));
    expect(inside.every((value) => value >= 0 && value <= 1)).toBe(true);
    if (epsilon === 0) expect(inside).toEqual(centres);
  });

  it('leaves points inside the ball where they are', () => {
    const near = stepAlong(centres, gradient, 1e-4).map((value) => Math.min(Math.max(value, 0), 1));
    expect(ball.project(near, centres, WIDTH, ball.diameter(WIDTH, [0, 1]), [0, 1])).toEqual(near);
  });

  it('has no unit direction better than the steepest one', () => {
    const along = (direction: Float32Array): number => direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
    const row = (all: Float32Array): Float32Array => all.slice(0, WIDTH);
    const best = along(row(ball.steepest(gradient, WIDTH)));
    for (let seed = 100; seed < 150; seed++) {
      const other = ball.steepest(normal(Key.from(seed), WIDTH), WIDTH);
      expect(along(other)).toBeLessThan(best);
    }
  });
});

describe('steepest directions', () => {
  it('are the sign for Linf and the normalised gradient for L2', () => {
    const g = Float32Array.of(3, -4, 0, 0);
    expect([...normBall('Linf').steepest(g, 4)]).toEqual([1, -1, 0, 0]);
    const [a, b] = normBall('L2').steepest(g, 4);
    expect(a).toBeCloseTo(0.6, 7);
    expect(b).toBeCloseTo(-0.8, 7);
  });

  it('are zero where the gradient is zero or not finite, and those rows are named', () => {
    const g = Float32Array.of(0, 0, NaN, 1, Infinity, 1, 1, 2);
    expect([...deadRows(g, 2)]).toEqual([1, 1, 1, 0]);
    for (const norm of NORMS) expect([...normBall(norm).steepest(g, 2).slice(0, 6)].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('distances', () => {
  it('follow their definitions', () => {
    const a = Float32Array.of(0, 0, 1, 1);
    const b = Float32Array.of(3, 4, 1, 0.5);
    expect([...normBall('Linf').distance(a, b, 2)]).toEqual([4, 0.5]);
    expect([...normBall('L2').distance(a, b, 2)]).toEqual([5, 0.5]);
  });

  it('are NaN when a value is not a number', () => {
    expect([...normBall('Linf').distance(Float32Array.of(NaN, 1), Float32Array.of(0, 0), 2)]).toEqual([NaN]);
  });

  it('have the input range as diameter', () => {
    expect(normBall('Linf').diameter(784, [-1, 1])).toBe(2);
    expect(normBall('L2').diameter(784, [0, 1])).toBe(28);
  });
});

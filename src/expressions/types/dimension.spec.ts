import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dimension, DimensionOverflow } from './dimension.js';

const [n, m] = [Dimension.unknown('n'), Dimension.unknown('m')];
const fixed = (length: number): Dimension => Dimension.fixed(length);

describe('a length', () => {
  it('is written as a polynomial', () => {
    expect([fixed(0), fixed(7), n, n.plus(fixed(3)), n.minus(fixed(3)), fixed(1).minus(n), n.times(fixed(784)), n.plus(m).times(n), n.minus(n)].map(String)).toEqual(
      ['0', '7', 'n', 'n + 3', 'n - 3', '-n + 1', '784*n', 'm*n + n*n', '0']);
    expect(n.plus(fixed(3)).ceilingOver(2).key).toBe('ceil((n + 3)/2)');
  });

  it('equals another that is the same for every binding', () => {
    expect(n.plus(fixed(1)).times(n.minus(fixed(1))).equals(n.times(n).minus(fixed(1)))).toBe(true);
    expect(n.equals(m)).toBe(false);
    expect(n.times(m).equals(m.times(n))).toBe(true);
  });

  it('divides exactly or not at all', () => {
    expect(n.times(fixed(6)).over(fixed(2))?.key).toBe('3*n');
    expect(n.times(m).times(fixed(4)).over(m.times(fixed(2)))?.key).toBe('2*n');
    expect(n.times(fixed(3)).over(fixed(2))).toBeUndefined();
    expect(n.over(m)).toBeUndefined();
    expect(n.over(n.plus(fixed(1)))).toBeUndefined();
    expect(n.times(fixed(6)).ceilingOver(4).evaluate({ n: 3 })).toBe(5);
    expect(fixed(7).ceilingOver(2).value).toBe(4);
  });

  it('knows its factor of the one unknown, and the least that it can be', () => {
    expect([n.times(fixed(3)), n.plus(fixed(1)), n.times(n), fixed(2)].map((length) => length.factorOf('n'))).toEqual([3, undefined, undefined, undefined]);
    expect([n.times(fixed(3)).plus(fixed(2)), n.minus(fixed(2)), fixed(5), m.minus(n)].map(({ least }) => least)).toEqual([5, 1, 5, 1]);
  });

  it('does not overflow silently', () => {
    expect(() => fixed(2 ** 53)).toThrow(DimensionOverflow);
    expect(() => fixed(2 ** 30).times(fixed(2 ** 30))).toThrow(DimensionOverflow);
    const many = Array.from({ length: 70 }, (_, i) => Dimension.unknown(`d${i}`));
    expect(() => many.reduce((sum, each) => sum.plus(each))).toThrow(DimensionOverflow);
  });

  it('is computed as its parts are', () => {
    const part = fc.constantFrom(n, m, fixed(2), fixed(3), fixed(-1));
    fc.assert(fc.property(part, part, part, fc.nat(9), fc.nat(9), (a, b, c, x, y) => {
      const at = { n: x + 1, m: y + 1 };
      const value = (length: Dimension): number => length.evaluate(at) + 0; // no -0
      expect(value(a.plus(b).times(c))).toBe((value(a) + value(b)) * value(c) + 0);
      expect(value(a.minus(b.times(c)))).toBe(value(a) - value(b) * value(c));
      expect(value(a.times(b).ceilingOver(3))).toBe(Math.ceil((value(a) * value(b)) / 3) + 0);
    }));
  });
});

import { describe, expect, it } from 'vitest';
import { sameShape } from '../../graph/dimensions.js';
import { optimise } from '../index.js';
import { matmulTransposes } from '../matmul-transposes.js';
import { expression } from '../rewriting/describe.js';
import { canonicalLeftSides } from '../testing/canonical-left-sides.js';
import { f, full, g, matmul, mean, slice, softmax, sum } from '../testing/expressions.js';
import { apply, graphOf } from '../testing/graphs.js';
import { specialLeftSides, stabilisingLeftSides } from '../testing/special-left-sides.js';
import type { LeftSide } from '../testing/canonical-left-sides.js';
import { canonicalRules, foldingRules, productRules, specialRules, stabilisingRules } from './index.js';

const leftSides = { ...canonicalLeftSides, ...stabilisingLeftSides, ...specialLeftSides };
const rules = [...foldingRules, ...canonicalRules, ...stabilisingRules, ...specialRules, ...productRules, ...matmulTransposes];

function rewritten(name: string, left: LeftSide): { text: string; fired: readonly string[] } {
  const before = apply(left);
  const { graph, report } = optimise(graphOf({ value: before }), { check: 'values', seed: name });
  const after = graph.outputs['value']!;
  expect(sameShape(after.shape, before.shape) && after.dtype === before.dtype).toBe(true);
  expect(report.notes).toEqual([]);
  return { text: `${expression(before, 9)} => ${expression(after, 9)}`, fired: report.rewrites.map(({ rule }) => rule) };
}

describe('every rule', () => {
  it('has a name of its own and a graph that it is made for', () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(leftSides).sort()).toEqual([...names].sort());
  });

  it.each(Object.entries(leftSides))('%s applies to it and keeps its values', (name, left) => {
    expect(rewritten(name, left).fired).toContain(name);
  });

  const printed = (sides: Readonly<Record<string, LeftSide>>): string =>
    Object.entries(sides).filter(([name]) => !name.includes('erfc')).map(([name, left]) => `${name}: ${rewritten(name, left).text}`).join('\n');

  it('of the canonical ones rewrites as its equation says', () => expect(printed(canonicalLeftSides)).toMatchSnapshot());
  it('of the stabilising ones rewrites as its equation says', () => expect(printed(stabilisingLeftSides)).toMatchSnapshot());
  it('of the special ones rewrites as its equation says', () => expect(printed(specialLeftSides)).toMatchSnapshot());
});

describe('rules refuse with a reason', () => {
  it.each<[string, LeftSide, RegExp]>([
    ['multiply-by-zero', (x) => f('mul', x, 0), /lose NaN/],
    ['zero-divided', (x) => f('div', full(0, 2, 3), x), /divisor may be 0/],
    ['subtract-itself', (x) => f('sub', x, x), /lose NaN/],
    ['divide-by-itself', (x) => f('div', x, x), /divisor may be 0/],
    ['cancelled-terms', (x, y) => f('sub', f('add', x, y), x), /lose NaN/],
    ['cancelled-factors', (x, y) => f('div', f('mul', x, y), x), /divisor may be 0/],
    ['compared-with-itself', (x) => f('equal', x, x), /NaN, which is not equal/],
    ['exponential-of-logarithm', (x) => f('exp', f('log', x)), /negative/],
    ['square-of-root', (x) => f('square', f('sqrt', x)), /negative/],
    ['product-of-roots', (x) => f('mul', f('sqrt', x), f('sqrt', x)), /negative/],
    ['expm1-of-log1p', (x) => f('expm1', f('log1p', x)), /below -1/],
    ['softmax-of-shifted', (x, y) => softmax(f('sub', x, mean(y))), /shift may be NaN/],
    ['softmax-of-quotient', (x) => f('div', f('exp', x), sum(f('exp', x), [0, 1])), /one axis, not 2/],
    ['cast-there-and-back', (x) => g('cast', { to: 'float32' }, g('cast', { to: 'int32' }, x)), /does not hold every value/],
    ['clip-of-clip', (x) => g('clip', { min: 2, max: 3 }, g('clip', { min: 0, max: 1 }, x)), /do not meet/],
    ['negated-difference', (x, y) => f('mul', f('neg', f('sub', x, y)), f('sub', x, y)), /another reader/],
    ['product-of-negated', (x, y) => f('mul', x, f('neg', mean(y))), /larger tensor/],
    ['product-of-constants', (x) => f('mul', f('mul', x, 1e30), 1e30), /outside float32/],
    ['exponential-of-log-softmax', (x) => f('add', f('exp', g('logSoftmax', { axis: 1 }, x)), g('logSoftmax', { axis: 1 }, x)), /another reader/],
    ['slice-of-function', (x) => f('add', slice(f('tanh', x), [0, 0], [2, 1]), f('tanh', x)), /another reader/],
    ['sum-of-products', (x, y, z) => f('add', matmul(slice(x, [0, 0], [2, 1]), slice(y, [0, 0], [2, 1]), true), matmul(slice(y, [0, 0], [2, 1]), slice(z, [0, 0], [2, 1]), true)), /copy more/],
  ])('%s', (name, left, reason) => {
    const { graph, report } = optimise(graphOf({ value: apply(left) }), { check: 'values' });
    const refusals = report.refusals.filter(({ rule }) => rule === name);
    expect(refusals.map((refusal) => refusal.reason).join()).toMatch(reason);
    expect(report.rewrites.map(({ rule }) => rule)).not.toContain(name);
    expect(graph.outputs['value']!.shape).toEqual(apply(left).shape);
  });

  it.each<[string, LeftSide, string]>([
    ['multiply-by-zero', (x) => f('mul', x, 0), 'broadcastTo(0, shape=[2,3])'],
    ['subtract-itself', (x) => f('sub', x, x), 'broadcastTo(0, shape=[2,3])'],
    ['divide-by-itself', (x) => f('div', x, x), 'broadcastTo(1, shape=[2,3])'],
    ['cancelled-factors', (x, y) => f('div', f('mul', x, y), x), 'y'],
    ['exponential-of-logarithm', (x) => f('exp', f('log', x)), 'x'],
  ])('but %s does not at level unsafe', (_, left, expected) => {
    expect(expression(optimise(graphOf({ value: apply(left) }), { level: 'unsafe' }).graph.outputs['value']!)).toBe(expected);
  });
});

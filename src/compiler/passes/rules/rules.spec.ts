import { describe, expect, it } from 'vitest';
import { sameShape } from '../../graph/dimensions.js';
import { optimise } from '../index.js';
import { matmulTransposes } from '../matmul-transposes.js';
import { expression } from '../rewriting/describe.js';
import { canonicalLeftSides } from '../testing/canonical-left-sides.js';
import { f } from '../testing/expressions.js';
import { apply, graphOf } from '../testing/graphs.js';
import { refusedLeftSides } from '../testing/refused-left-sides.js';
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
  it.each(Object.entries(refusedLeftSides))('%s', (name, { left, reason }) => {
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

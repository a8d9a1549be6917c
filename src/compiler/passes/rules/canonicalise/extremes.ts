import { uniformValue } from '../../knowledge/constants.js';
import { isNonNegative, valueRange } from '../../knowledge/value-range.js';
import { abs, maximum, number, relu, variable, where } from '../../rewriting/pattern.js';
import { defineEquation } from '../../rewriting/equation.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import type { Node, NodeOf } from '../../../graph/graph.js';

const x = variable('x');

/** max(max(x, y), y): the inner node, if it has the operation of the root and an operand of it. */
function repeated(node: NodeOf<'maximum'> | NodeOf<'minimum'>): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  if (a.op === node.op && a.inputs.includes(b)) return a;
  return b.op === node.op && b.inputs.includes(a) ? b : undefined;
}

/** min(max(x, a), b) and max(min(x, b), a) with constants a <= b. */
function clipped(node: NodeOf<'maximum'> | NodeOf<'minimum'>): { x: Node; min: number; max: number } | undefined {
  for (const [inner, bound] of [node.inputs, [...node.inputs].reverse()] as [Node, Node][]) {
    if (inner.op !== (node.op === 'minimum' ? 'maximum' : 'minimum') || inner.dtype !== 'float32') continue;
    const outerBound = uniformValue(bound);
    const at = inner.inputs.findIndex((operand) => uniformValue(operand) !== undefined);
    if (outerBound === undefined || at < 0) continue;
    const innerBound = uniformValue(inner.inputs[at]!)!;
    const [min, max] = node.op === 'minimum' ? [innerBound, outerBound] : [outerBound, innerBound];
    if (min <= max) return { x: inner.inputs[1 - at]!, min, max };
  }
  return undefined;
}

/** Extremes of two numbers, and functions that leave numbers of a range alone. */
export const extremeRules: readonly Rule[] = [
  defineRule({
    name: 'extreme-of-equals', equation: 'max(x, x) -> x, min(x, x) -> x', roots: ['maximum', 'minimum'],
    pattern: ({ inputs: [a, b] }) => (a === b ? a : undefined),
    rewrite: (same) => same,
  }),
  defineRule({
    name: 'extreme-twice', equation: 'max(max(x, y), y) -> max(x, y), min alike', roots: ['maximum', 'minimum'], operands: ['maximum', 'minimum'],
    pattern: repeated,
    rewrite: (inner) => inner,
  }),
  defineRule({
    name: 'bounds-of-an-extreme', equation: 'min(max(x, a), b) -> clip(x, a, b)', guard: 'a and b are constants and a <= b', roots: ['maximum', 'minimum'], operands: ['maximum', 'minimum'],
    pattern: clipped,
    rewrite: ({ x: operand, min, max }, rewriting) => rewriting.node('clip', [operand], { min, max }),
  }),
  defineEquation({
    name: 'maximum-with-zero', equation: 'max(x, 0) -> relu(x)', roots: ['maximum'],
    pattern: maximum(x, number(0)),
    rewrite: (match, rewriting) => rewriting.apply('relu', match.x),
  }),
  defineRule({
    name: 'clip-from-zero', equation: 'clip(x, 0, inf) -> relu(x)', roots: ['clip'],
    pattern: ({ attributes: { min, max }, inputs: [operand] }) => (min === 0 && max === Infinity ? operand : undefined),
    rewrite: (operand, rewriting) => rewriting.apply('relu', operand),
  }),
  defineRule({
    name: 'clip-of-clip', equation: 'clip(clip(x, a, b), c, d) -> clip(x, max(a, c), min(b, d))', guard: 'the two ranges meet', roots: ['clip'], operands: ['clip'],
    pattern: ({ attributes: outer, inputs: [operand] }) => (operand!.op === 'clip' ? { operand: operand.inputs[0]!, inner: operand.attributes, outer } : undefined),
    check: ({ inner, outer }) => (Math.max(inner.min, outer.min) <= Math.min(inner.max, outer.max) ? undefined : 'the two ranges do not meet'),
    rewrite: ({ operand, inner, outer }, rewriting) =>
      rewriting.node('clip', [operand], { min: Math.max(inner.min, outer.min), max: Math.min(inner.max, outer.max) }),
  }),
  defineRule({
    name: 'clip-of-range', equation: 'clip(x, a, b) -> x', guard: 'a <= x <= b always holds', roots: ['clip'],
    pattern: ({ attributes: { min, max }, inputs: [operand], dtype }) => {
      const { low, high } = valueRange(operand!);
      return dtype === 'float32' && min <= low && high <= max ? operand : undefined;
    },
    rewrite: (operand) => operand,
  }),
  defineEquation({
    name: 'relu-of-non-negative', equation: 'relu(x) -> x', guard: 'x is never negative', roots: ['relu'],
    pattern: relu(where(x, isNonNegative)),
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'absolute-of-non-negative', equation: '|x| -> x', guard: 'x is never negative', roots: ['abs'],
    pattern: abs(where(x, isNonNegative)),
    rewrite: (match) => match.x,
  }),
];


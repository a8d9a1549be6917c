import type { Node } from '../../../graph/graph.js';
import { isPositive } from '../../knowledge/positivity.js';
import { isAlwaysFinite, valueRange } from '../../knowledge/value-range.js';
import { add, div, mul, number, sub, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineEquation } from '../../rewriting/equation.js';
import type { Rule } from '../../rewriting/rule.js';

const x = variable('x');

/** Why `node` may not be dropped from a product with 0 or a difference with itself, if it may not. */
export function losesNaN(node: Node, rewriting: Rewriting): string | undefined {
  return rewriting.dropsNaN || isAlwaysFinite(node) ? undefined : 'would lose NaN: an operand may be NaN or infinite';
}

/** Why a factor may not be cancelled, if it may not: 0 / 0, inf / inf and NaN would be lost. */
export function losesDivision(node: Node, rewriting: Rewriting): string | undefined {
  if (rewriting.dropsNaN || isPositive(node)) return undefined;
  const { low, high } = valueRange(node);
  return isAlwaysFinite(node) && (low > 0 || high < 0) ? undefined : 'would lose NaN: the divisor may be 0, NaN or infinite';
}

/** Neutral and absorbing operands. */
export const identityRules: readonly Rule[] = [
  defineEquation({ name: 'add-zero', equation: 'x + 0 -> x', roots: ['add'], pattern: add(x, number(0)), rewrite: (match) => match.x }),
  defineEquation({ name: 'subtract-zero', equation: 'x - 0 -> x', roots: ['sub'], pattern: sub(x, number(0)), rewrite: (match) => match.x }),
  defineEquation({
    name: 'zero-minus', equation: '0 - x -> -x', roots: ['sub'],
    pattern: sub(number(0), x),
    rewrite: (match, rewriting) => rewriting.apply('neg', match.x),
  }),
  defineEquation({ name: 'multiply-by-one', equation: 'x * 1 -> x', roots: ['mul'], pattern: mul(x, number(1)), rewrite: (match) => match.x }),
  defineEquation({ name: 'divide-by-one', equation: 'x / 1 -> x', roots: ['div'], pattern: div(x, number(1)), rewrite: (match) => match.x }),
  defineEquation({
    name: 'multiply-by-minus-one', equation: 'x * -1 -> -x', roots: ['mul'],
    pattern: mul(x, number(-1)),
    rewrite: (match, rewriting) => rewriting.apply('neg', match.x),
  }),
  defineEquation({
    name: 'divide-by-minus-one', equation: 'x / -1 -> -x', roots: ['div'],
    pattern: div(x, number(-1)),
    rewrite: (match, rewriting) => rewriting.apply('neg', match.x),
  }),
  defineEquation({
    name: 'subtract-itself', equation: 'x - x -> 0', guard: 'x is always finite', roots: ['sub'],
    pattern: sub(x, x),
    check: (match, rewriting) => losesNaN(match.x, rewriting),
    rewrite: (_, rewriting, node) => rewriting.filled(0, node.shape, node.dtype),
  }),
  defineEquation({
    name: 'divide-by-itself', equation: 'x / x -> 1', guard: 'x stands for a positive number (exp, sigmoid, softmax, ...) or is never 0, NaN or infinite', values: 'stable', roots: ['div'],
    pattern: div(x, x),
    check: (match, rewriting) => losesDivision(match.x, rewriting),
    rewrite: (_, rewriting, node) => rewriting.filled(1, node.shape),
  }),
  defineEquation({
    name: 'multiply-by-zero', equation: 'x * 0 -> 0', guard: 'x is always finite; 0 times NaN or infinity is NaN', roots: ['mul'],
    pattern: mul(x, number(0)),
    check: (match, rewriting) => losesNaN(match.x, rewriting),
    rewrite: (_, rewriting, node) => rewriting.filled(0, node.shape, node.dtype),
  }),
  defineEquation({
    name: 'zero-divided', equation: '0 / x -> 0', guard: 'x is never 0, NaN or infinite', roots: ['div'],
    pattern: div(number(0), x),
    check: (match, rewriting) => losesDivision(match.x, rewriting),
    rewrite: (_, rewriting, node) => rewriting.filled(0, node.shape),
  }),
];

import type { Node } from '../../../graph/graph.js';
import { isSmaller } from '../../knowledge/cost.js';
import { uniformValue } from '../../knowledge/constants.js';
import { abs, add, div, mul, named, neg, someNumber, square, sub, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineEquation } from '../../rewriting/equation.js';
import type { Rule } from '../../rewriting/rule.js';

const [x, y] = [variable('x'), variable('y')];
const minus = named('minus', neg(x));

/** Why the sign of an operand may not move to the result, if it may not. */
function costsNegation({ minus: operand }: { readonly minus: Node }, rewriting: Rewriting, node: Node): string | undefined {
  if (!rewriting.isSingle(operand)) return 'the negated operand has another reader and is computed anyway';
  return isSmaller(operand, node) ? 'would negate a larger tensor' : undefined;
}

const OUTWARD = 'nothing else reads -x, and it is as large as the result';

/** Signs move outwards until they meet one that undoes them. None of these rounds. */
export const negationRules: readonly Rule[] = [
  defineEquation({ name: 'double-negation', equation: '--x -> x', roots: ['neg'], pattern: neg(neg(x)), rewrite: (match) => match.x }),
  defineEquation({
    name: 'add-negated', equation: 'x + (-y) -> x - y', roots: ['add'],
    pattern: add(x, neg(y)),
    rewrite: (match, rewriting) => rewriting.apply('sub', match.x, match.y),
  }),
  defineEquation({
    name: 'subtract-negated', equation: 'x - (-y) -> x + y', roots: ['sub'],
    pattern: sub(x, neg(y)),
    rewrite: (match, rewriting) => rewriting.apply('add', match.x, match.y),
  }),
  defineEquation({
    name: 'negated-minus', equation: '(-x) - y -> -(x + y)', guard: OUTWARD, roots: ['sub'],
    pattern: sub(minus, y),
    check: costsNegation,
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('add', match.x, match.y)),
  }),
  defineEquation({
    name: 'negated-difference', equation: '-(x - y) -> y - x', guard: 'nothing else reads x - y', roots: ['neg'],
    pattern: neg(sub(x, y)),
    check: (_, rewriting, node) => (rewriting.isSingle(node.inputs[0]!) ? undefined : 'the difference has another reader and is computed anyway'),
    rewrite: (match, rewriting) => rewriting.apply('sub', match.y, match.x),
  }),
  defineEquation({
    name: 'both-negated', equation: '(-x) * (-y) -> x * y, (-x) / (-y) -> x / y', roots: ['mul', 'div'],
    pattern: [mul(neg(x), neg(y)), div(neg(x), neg(y))],
    rewrite: (match, rewriting, node) => rewriting.apply(node.op, match.x, match.y),
  }),
  defineEquation({
    name: 'product-of-negated', equation: '(-x) * y -> -(x * y)', guard: OUTWARD, roots: ['mul'],
    pattern: mul(minus, y),
    check: costsNegation,
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('mul', match.x, match.y)),
  }),
  defineEquation({
    name: 'negated-dividend', equation: '(-x) / y -> -(x / y)', guard: OUTWARD, roots: ['div'],
    pattern: div(minus, y),
    check: costsNegation,
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('div', match.x, match.y)),
  }),
  defineEquation({
    name: 'negated-divisor', equation: 'y / (-x) -> -(y / x)', guard: OUTWARD, roots: ['div'],
    pattern: div(y, minus),
    check: costsNegation,
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('div', match.y, match.x)),
  }),
  defineEquation({
    name: 'negated-scaling', equation: '-(x * c) -> x * (-c)', guard: 'c is a constant; nothing else reads x * c', roots: ['neg'],
    pattern: neg(mul(x, someNumber('c'))),
    check: (_, rewriting, node) => (rewriting.isSingle(node.inputs[0]!) ? undefined : 'the product has another reader and is computed anyway'),
    rewrite: ({ x: factor, c }, rewriting, { dtype }) => rewriting.apply('mul', factor, rewriting.scalar(-uniformValue(c)!, dtype)),
  }),
  defineEquation({
    name: 'square-of-negated', equation: 'square(-x) -> square(x), square(|x|) -> square(x)', roots: ['square'],
    pattern: [square(neg(x)), square(abs(x))],
    rewrite: (match, rewriting) => rewriting.apply('square', match.x),
  }),
  defineEquation({
    name: 'absolute-of-negated', equation: '|-x| -> |x|', roots: ['abs'],
    pattern: abs(neg(x)),
    rewrite: (match, rewriting) => rewriting.apply('abs', match.x),
  }),
];

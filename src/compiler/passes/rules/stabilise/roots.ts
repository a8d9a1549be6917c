import { isNonNegative } from '../../knowledge/value-range.js';
import { defineEquation } from '../../rewriting/equation.js';
import { div, mul, named, rsqrt, sqrt, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import type { Rule } from '../../rewriting/rule.js';
import type { Node } from '../../../graph/graph.js';

const x = variable('x');

const needsNonNegative = (match: { readonly x: Node }, rewriting: Rewriting): string | undefined =>
  (rewriting.dropsNaN || isNonNegative(match.x) ? undefined : 'would lose NaN: x may be negative');

/** Quotients with roots, which divide 0 by 0 at 0. */
export const rootRules: readonly Rule[] = [
  defineEquation({
    name: 'product-of-roots', equation: 'sqrt(x) sqrt(x) -> x', guard: 'x is never negative', values: 'rounding', roots: ['mul'],
    pattern: mul(sqrt(x), sqrt(x)),
    check: needsNonNegative,
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'product-of-reciprocal-roots', equation: 'rsqrt(x) rsqrt(x) -> 1 / x', guard: 'x is never negative', values: 'rounding', roots: ['mul'],
    pattern: mul(rsqrt(x), rsqrt(x)),
    check: needsNonNegative,
    rewrite: (match, rewriting) => rewriting.apply('reciprocal', match.x),
  }),
  defineEquation({
    name: 'divided-by-own-root', equation: 'x / sqrt(x) -> sqrt(x), x rsqrt(x) -> sqrt(x)', values: 'stable', roots: ['div', 'mul'],
    pattern: [div(x, sqrt(x)), mul(x, rsqrt(x))],
    rewrite: (match, rewriting) => rewriting.apply('sqrt', match.x),
  }),
  defineEquation({
    name: 'root-divided-by-own', equation: 'sqrt(x) / x -> rsqrt(x)', values: 'stable', roots: ['div'], guard: 'nothing else reads sqrt(x)',
    pattern: div(named('root', sqrt(x)), x),
    check: ({ root }, rewriting) => (rewriting.isSingle(root) ? undefined : 'sqrt(x) has another reader and is computed anyway'),
    rewrite: (match, rewriting) => rewriting.apply('rsqrt', match.x),
  }),
];

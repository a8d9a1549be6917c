import type { Node } from '../../../graph/graph.js';
import { isSmaller } from '../../knowledge/cost.js';
import { CONSTANT_LIKE, uniformValue } from '../../knowledge/constants.js';
import { isNonNegative } from '../../knowledge/value-range.js';
import { div, exp, log, mul, named, number, reciprocal, rsqrt, sqrt, square, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineEquation } from '../../rewriting/equation.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const x = variable('x');

/** x^n for the exponents that have cheaper operations. */
const powers: ReadonlyMap<number, (x: Node, rewriting: Rewriting, root: Node) => Node> = new Map([
  [0, (_, rewriting, { shape, dtype }) => rewriting.filled(1, shape, dtype)],
  [1, (base) => base],
  [2, (base, rewriting) => rewriting.apply('square', base)],
  [3, (base, rewriting) => rewriting.apply('mul', base, rewriting.apply('square', base))],
  [4, (base, rewriting) => rewriting.apply('square', rewriting.apply('square', base))],
]);
const floatPowers: typeof powers = new Map([
  [0.5, (base, rewriting) => rewriting.apply('sqrt', base)],
  [-0.5, (base, rewriting) => rewriting.apply('rsqrt', base)],
  [-1, (base, rewriting) => rewriting.apply('reciprocal', base)],
  [-2, (base, rewriting) => rewriting.apply('reciprocal', rewriting.apply('square', base))],
]);

function powerOf(node: Node): ((x: Node, rewriting: Rewriting, root: Node) => Node) | undefined {
  const exponent = uniformValue(node.inputs[1]!);
  if (exponent === undefined) return undefined;
  return powers.get(exponent) ?? (node.dtype === 'float32' ? floatPowers.get(exponent) : undefined);
}

/** Why x may not stand for a power of its root, if it may not: the root of a negative number is NaN. */
const needsNonNegative = (match: { readonly x: Node }, rewriting: Rewriting): string | undefined =>
  (rewriting.dropsNaN || isNonNegative(match.x) ? undefined : 'would lose NaN: x may be negative');

const NON_NEGATIVE = 'x is never negative';

/** Powers, roots, reciprocals and logarithms that undo each other. */
export const powerRules: readonly Rule[] = [
  defineRule({
    name: 'small-power', equation: 'x^0 -> 1, x^1 -> x, x^2 -> square(x), x^3 -> x square(x), x^4, x^0.5 -> sqrt(x), x^-0.5 -> rsqrt(x), x^-1 -> 1/x, x^-2',
    values: 'rounding', roots: ['pow'], operands: CONSTANT_LIKE,
    pattern: powerOf,
    rewrite: (power, rewriting, node) => power(node.inputs[0]!, rewriting, node),
  }),
  defineEquation({
    name: 'root-of-square', equation: 'sqrt(square(x)) -> |x|', values: 'stable', roots: ['sqrt'],
    pattern: sqrt(square(x)),
    rewrite: (match, rewriting) => rewriting.apply('abs', match.x),
  }),
  defineEquation({
    name: 'square-of-root', equation: 'square(sqrt(x)) -> x', guard: NON_NEGATIVE, values: 'rounding', roots: ['square'],
    pattern: square(sqrt(x)),
    check: needsNonNegative,
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'double-reciprocal', equation: '1 / (1 / x) -> x', values: 'rounding', roots: ['reciprocal', 'div'],
    pattern: [reciprocal(reciprocal(x)), div(number(1), reciprocal(x)), reciprocal(div(number(1), x)), div(number(1), div(number(1), x))],
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'reciprocal-of-root', equation: '1 / sqrt(x) -> rsqrt(x)', values: 'rounding', roots: ['reciprocal', 'div'],
    pattern: [reciprocal(sqrt(x)), div(number(1), sqrt(x))],
    rewrite: (match, rewriting) => rewriting.apply('rsqrt', match.x),
  }),
  defineEquation({
    name: 'reciprocal-of-reciprocal-root', equation: '1 / rsqrt(x) -> sqrt(x)', values: 'rounding', roots: ['reciprocal', 'div'],
    pattern: [reciprocal(rsqrt(x)), div(number(1), rsqrt(x))],
    rewrite: (match, rewriting) => rewriting.apply('sqrt', match.x),
  }),
  defineEquation({
    name: 'logarithm-of-exponential', equation: 'log(exp(x)) -> x', values: 'stable', roots: ['log'],
    pattern: log(exp(x)),
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'exponential-of-logarithm', equation: 'exp(log(x)) -> x', guard: NON_NEGATIVE, values: 'rounding', roots: ['exp'],
    pattern: exp(log(x)),
    check: needsNonNegative,
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'divided-by-reciprocal', equation: 'y / (1 / x) -> y x', values: 'rounding', roots: ['div'],
    pattern: div(variable('y'), reciprocal(x)),
    rewrite: (match, rewriting) => rewriting.apply('mul', match.y, match.x),
  }),
  defineEquation({
    name: 'times-reciprocal', equation: 'y (1 / x) -> y / x', values: 'rounding', roots: ['mul'],
    guard: '1 / x is as large as the product and nothing else reads it',
    pattern: mul(variable('y'), named('inverse', reciprocal(x))),
    check: ({ inverse }, rewriting, node) => {
      if (!rewriting.isSingle(inverse)) return '1 / x has another reader and is computed anyway';
      return isSmaller(inverse, node) ? 'would divide a larger tensor' : undefined;
    },
    rewrite: (match, rewriting) => rewriting.apply('div', match.y, match.x),
  }),
];

import type { Node } from '../../../graph/graph.js';
import { buildProduct, PRODUCT_OPERATIONS, productOf, type Factors } from '../../algebra/products.js';
import { complementOf } from '../../knowledge/complements.js';
import { defineEquation } from '../../rewriting/equation.js';
import { erf, log, log1p, neg, number, sub, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

/**
 * log(exp(a^2) erfc(a) / t) as a polynomial of t = 1 / (1 + a / 2) on (0, 1], a >= 0, constant term first: interpolation at the ten
 * Chebyshev points. erfc from it is right to 4e-7 relative in float32, where 1 - erf(a) has no digit left from a = 4 on.
 */
const COEFFICIENTS = [
  -1.26551231, 1.00003777, 0.373714841, 0.100654198, -0.20613956, 0.336006473, -1.23176146, 1.58359673, -0.872641652, 0.182045105,
];

/** Parts of erfc(|x|) = t exp(p - x^2). */
interface Tail {
  readonly t: Node;
  readonly p: Node;
  readonly square: Node;
  readonly isPositive: Node;
  /** erfc(x) for x < 0: 2 - erfc(|x|). */
  readonly below: Node;
}

function tailOf(x: Node, rewriting: Rewriting): Tail {
  const number = (value: number): Node => rewriting.scalar(value);
  const apply = rewriting.apply.bind(rewriting);
  const t = apply('reciprocal', apply('add', apply('mul', apply('abs', x), number(0.5)), number(1)));
  const [highest, ...rest] = COEFFICIENTS.toReversed();
  const p = rest.reduce((sum, coefficient) => apply('add', apply('mul', sum, t), number(coefficient)), number(highest!));
  const square = apply('square', x);
  const below = apply('sub', number(2), apply('mul', t, apply('exp', apply('sub', p, square))));
  return { t, p, square, isPositive: apply('greaterEqual', x, number(0)), below };
}

/** x of exp(-x^2). */
function gaussianArgument(node: Node): Node | undefined {
  const [exponent] = node.inputs;
  if (node.op !== 'exp' || exponent!.op !== 'neg') return undefined;
  const [squared] = exponent.inputs;
  if (squared!.op === 'square') return squared.inputs[0];
  return squared!.op === 'mul' && squared.inputs[0] === squared.inputs[1] ? squared.inputs[0] : undefined;
}

/** exp(-x^2) above and 1 - erf(x) below the line of a product. */
function gaussianOverTail(node: Node, rewriting: Rewriting): { x: Node; rest: Factors } | undefined {
  const product = productOf(node, 'own', rewriting);
  for (const [below, divisor] of product.denominators.entries()) {
    const error = complementOf(divisor);
    if (error?.op !== 'erf') continue;
    const above = product.numerators.findIndex((factor) => gaussianArgument(factor) === error.inputs[0]);
    if (above < 0) continue;
    const rest = { ...product, numerators: product.numerators.filter((_, i) => i !== above), denominators: product.denominators.filter((_, i) => i !== below) };
    return { x: error.inputs[0]!, rest };
  }
  return undefined;
}

/**
 * The complementary error function under a logarithm and in the gradient of that, where 1 - erf(x) cancels. A plain 1 - erf(x) stays: it is
 * off by 6e-8 at most, and erfc would take thirty operations.
 */
export const complementaryErrorRules: readonly Rule[] = [
  defineEquation({
    name: 'log-of-erfc', equation: 'log(1 - erf(x)) -> log(erfc(x)), -x^2 + log(exp(x^2) erfc(x)) where x >= 0', values: 'stable', roots: ['log', 'log1p'],
    pattern: [log(sub(number(1), erf(variable('x')))), log1p(neg(erf(variable('x'))))],
    rewrite: ({ x }, rewriting) => {
      const { t, p, square, isPositive, below } = tailOf(x, rewriting);
      const above = rewriting.apply('sub', rewriting.apply('add', rewriting.apply('log', t), p), square);
      return rewriting.apply('select', isPositive, above, rewriting.apply('log', below));
    },
  }),
  defineRule({
    name: 'gaussian-over-erfc', equation: 'exp(-x^2) / (1 - erf(x)) -> 1 / (exp(x^2) erfc(x)) where x >= 0', values: 'stable', roots: ['mul', 'div'], operands: ['exp', ...PRODUCT_OPERATIONS],
    guard: 'within products and quotients of any number of factors',
    pattern: gaussianOverTail,
    rewrite: ({ x, rest }, rewriting) => {
      const { t, p, square, isPositive, below } = tailOf(x, rewriting);
      const above = rewriting.apply('reciprocal', rewriting.apply('mul', t, rewriting.apply('exp', p)));
      const ratio = rewriting.apply('select', isPositive, above, rewriting.apply('div', rewriting.apply('exp', rewriting.apply('neg', square)), below));
      return buildProduct({ ...rest, numerators: [...rest.numerators, ratio] }, rewriting);
    },
  }),
];

import { buildProduct, PRODUCT_OPERATIONS, productCost, productOf, type Factors, type Product } from '../../algebra/products.js';
import { isNegation, negated } from '../../knowledge/complements.js';
import { isSmaller } from '../../knowledge/cost.js';
import { isFilledWith } from '../../knowledge/constants.js';
import { defineEquation } from '../../rewriting/equation.js';
import type { Node } from '../../../graph/graph.js';
import { div, exp, mul, named, number, reciprocal, variable } from '../../rewriting/pattern.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const [a, b] = [named('ea', exp(variable('a'))), named('eb', exp(variable('b')))];

/** x where node = 1 + exp(x). */
function onePlusExponential(node: Node): Node | undefined {
  if (node.op !== 'add') return undefined;
  const [p, q] = node.inputs as [Node, Node];
  if (isFilledWith(p, 1) && q.op === 'exp') return q.inputs[0];
  return isFilledWith(q, 1) && p.op === 'exp' ? p.inputs[0] : undefined;
}

interface LogisticQuotient {
  readonly rest: Factors;
  /** The quotient is sigmoid(x), or sigmoid(-x). */
  readonly x: Node;
  readonly minus: boolean;
}

/** A divisor 1 + exp(x) of a product and the exp(x) above it, if there is one. */
function logistic(product: Product): LogisticQuotient | undefined {
  for (const [below, divisor] of product.denominators.entries()) {
    const x = onePlusExponential(divisor);
    if (x === undefined) continue;
    const above = product.numerators.findIndex((factor) => factor.op === 'exp' && factor.inputs[0] === x);
    const denominators = product.denominators.filter((_, i) => i !== below);
    if (above >= 0) return { rest: { ...product, numerators: product.numerators.filter((_, i) => i !== above), denominators }, x, minus: false };
    return { rest: { ...product, denominators }, x, minus: true };
  }
  return undefined;
}

/** As part of a product that nothing else reads, or of shared ones where that costs hardly more. */
function logisticQuotient(node: Node, rewriting: Rewriting): LogisticQuotient | undefined {
  for (const reach of ['own', 'shared'] as const) {
    const product = productOf(node, reach, rewriting);
    const found = logistic(product);
    if (found && (reach === 'own' || productCost(found.rest) <= product.operations)) return found;
  }
  return undefined;
}

/** exp(x) and sigmoid(-x) among the factors of a product. */
function exponentialAndSigmoid(node: Node, rewriting: Rewriting): { x: Node; rest: Factors } | undefined {
  const product = productOf(node, 'own', rewriting);
  for (const exponential of product.numerators) {
    if (exponential.op !== 'exp') continue;
    const [x] = exponential.inputs;
    const sigmoid = product.numerators.find((factor) => factor.op === 'sigmoid' && isNegation(factor.inputs[0]!, x!));
    if (sigmoid === undefined) continue;
    const numerators = [...product.numerators];
    for (const factor of [exponential, sigmoid]) numerators.splice(numerators.indexOf(factor), 1);
    return { x: x!, rest: { ...product, numerators } };
  }
  return undefined;
}

/** exp overflows beyond 88 and vanishes below -103; these combine exponents before that. */
export const exponentialRules: readonly Rule[] = [
  defineRule({
    name: 'sigmoid-of-quotient', equation: '1 / (1 + exp(-x)) -> sigmoid(x), exp(x) / (1 + exp(x)) -> sigmoid(x)', values: 'stable', roots: ['div', 'mul', 'reciprocal'], operands: ['add', ...PRODUCT_OPERATIONS],
    guard: 'within products and quotients of any number of factors',
    pattern: logisticQuotient,
    rewrite: ({ rest, x, minus }, rewriting) => {
      const sigmoid = rewriting.apply('sigmoid', minus ? negated(x, (of) => rewriting.apply('neg', of)) : x);
      return buildProduct({ ...rest, numerators: [...rest.numerators, sigmoid] }, rewriting);
    },
  }),
  defineRule({
    name: 'exponential-times-sigmoid', equation: 'exp(-x) sigmoid(x) -> sigmoid(-x)', values: 'stable', roots: ['mul', 'div'], operands: ['exp', ...PRODUCT_OPERATIONS],
    guard: 'within products and quotients of any number of factors',
    pattern: exponentialAndSigmoid,
    rewrite: ({ x, rest }, rewriting) => buildProduct({ ...rest, numerators: [...rest.numerators, rewriting.apply('sigmoid', x)] }, rewriting),
  }),
  defineEquation({
    name: 'reciprocal-of-exponential', equation: '1 / exp(x) -> exp(-x)', values: 'stable', roots: ['div', 'reciprocal'],
    guard: 'nothing else reads exp(x)',
    pattern: [reciprocal(a), div(number(1), a)],
    check: ({ ea }, rewriting) => (rewriting.isSingle(ea) ? undefined : 'exp(x) has another reader and is computed anyway'),
    rewrite: (match, rewriting) => rewriting.apply('exp', negated(match.a, (of) => rewriting.apply('neg', of))),
  }),
  defineEquation({
    name: 'product-of-exponentials', equation: 'exp(x) exp(y) -> exp(x + y), exp(x) / exp(y) -> exp(x - y)', values: 'stable', roots: ['mul', 'div'],
    guard: 'nothing else reads the two, and they are of one size',
    pattern: [mul(a, b), div(a, b)],
    check: ({ ea, eb }, rewriting, node) => {
      if (ea === eb) return undefined;
      if (!rewriting.isSingle(ea) || !rewriting.isSingle(eb)) return 'an exponential has another reader and is computed anyway';
      return isSmaller(ea, node) || isSmaller(eb, node) ? 'would compute the exponential of a larger tensor' : undefined;
    },
    rewrite: (match, rewriting, { op }) => {
      if (op === 'mul' ? isNegation(match.a, match.b) : match.a === match.b) return rewriting.scalar(1);
      return rewriting.apply('exp', rewriting.apply(op === 'mul' ? 'add' : 'sub', match.a, match.b));
    },
  }),
];

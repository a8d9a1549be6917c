import type { Node } from '../../../graph/graph.js';
import { buildProduct, largeOperations, PRODUCT_OPERATIONS, productCost, productOf, type Factors, type Product } from '../../algebra/products.js';
import { isSameValue } from '../../knowledge/complements.js';
import { isSmaller } from '../../knowledge/cost.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import { losesDivision } from './identities.js';

const ROOTS = ['mul', 'div'] as const;

/** A factor above and below the line. */
export interface CommonFactor {
  readonly above: number;
  readonly below: number;
}

export function commonFactor({ numerators, denominators }: Factors): CommonFactor | undefined {
  for (const [above, node] of numerators.entries()) {
    const below = denominators.findIndex((other) => isSameValue(node, other));
    if (below >= 0) return { above, below };
  }
  return undefined;
}

/** The factors without one above and one below. */
export const without = ({ coefficient, numerators, denominators }: Factors, { above, below }: CommonFactor): Factors =>
  ({ coefficient, numerators: numerators.filter((_, i) => i !== above), denominators: denominators.filter((_, i) => i !== below) });

/** A product that loses a common factor; one of shared parts only where it costs no more than it saves. */
function cancelling(node: Node, rewriting: Rewriting): { product: Product; common: CommonFactor } | undefined {
  if (node.dtype !== 'float32') return undefined;
  for (const reach of ['own', 'shared'] as const) {
    const product = productOf(node, reach, rewriting);
    const common = commonFactor(product);
    if (common !== undefined && productCost(without(product, common)) <= product.operations) return { product, common };
  }
  return undefined;
}

/** Products of any number of factors: trees of mul, div, neg, reciprocal and square whose inner parts nothing else reads. */
export const productRules: readonly Rule[] = [
  defineRule({
    name: 'product-of-constants', equation: '(x * c) * d -> x * (c d), (x / c) * d -> x * (d / c)', values: 'rounding', roots: ROOTS, operands: PRODUCT_OPERATIONS,
    guard: 'the constant is finite and no smaller than float32 can say exactly',
    pattern: (node, rewriting) => {
      if (node.dtype !== 'float32') return undefined;
      const product = productOf(node, 'own', rewriting);
      return product.constants > 1 ? product : undefined;
    },
    check: ({ coefficient }) => {
      const size = Math.abs(coefficient);
      return size < 2 ** 127 && size > 2 ** -126 ? undefined : `the product of the constants is ${coefficient}, outside float32`;
    },
    rewrite: (product, rewriting) => buildProduct(product, rewriting),
  }),
  defineRule({
    name: 'cancelled-factors', equation: 'x * y / x -> y', values: 'stable', roots: ROOTS, operands: PRODUCT_OPERATIONS,
    guard: 'x stands for a positive number (exp, sigmoid, softmax, ...) or is never 0, NaN or infinite',
    pattern: cancelling,
    check: ({ product, common }, rewriting) => losesDivision(product.numerators[common.above]!, rewriting),
    rewrite: ({ product, common }, rewriting) => buildProduct(without(product, common), rewriting),
  }),
  defineRule({
    name: 'small-factors-first', equation: '(X * s) * t -> X * (s * t), (X / s) * t -> X * (t / s)', values: 'rounding', roots: ROOTS, operands: PRODUCT_OPERATIONS,
    guard: 's and t are smaller than X',
    pattern: (node, rewriting) => {
      if (node.dtype !== 'float32') return undefined;
      const product = productOf(node, 'own', rewriting);
      const hasLarge = [...product.numerators, ...product.denominators].some((factor) => !isSmaller(factor, node));
      return hasLarge && product.largeOperations > largeOperations(product) ? product : undefined;
    },
    rewrite: (product, rewriting) => buildProduct(product, rewriting),
  }),
];

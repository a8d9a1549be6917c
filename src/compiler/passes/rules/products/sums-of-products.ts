import type { Node, NodeOf } from '../../../graph/graph.js';
import { sameShape } from '../../../graph/dimensions.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

type Product = NodeOf<'matmul'>;

/** Two products that a node adds or subtracts and that nothing else reads. */
function addedProducts({ inputs: [left, right] }: Node, rewriting: Rewriting): [Product, Product] | undefined {
  if (left!.op !== 'matmul' || right!.op !== 'matmul' || left === right) return undefined;
  return rewriting.isSingle(left!) && rewriting.isSingle(right!) ? [left as Product, right as Product] : undefined;
}

const sameFlags = (a: Product, b: Product): boolean =>
  a.attributes.transposeA === b.attributes.transposeA && a.attributes.transposeB === b.attributes.transposeB;

/** A side on which two products have one operand, with equal shapes on the other. */
function sharedSide([a, b]: [Product, Product]): number | undefined {
  if (!sameFlags(a, b)) return undefined;
  const side = [0, 1].find((each) => a.inputs[each] === b.inputs[each]);
  return side !== undefined && sameShape(a.inputs[1 - side]!.shape, b.inputs[1 - side]!.shape) ? side : undefined;
}

/** Sums of matrix products as fewer, larger products. */
export const sumOfProductRules: readonly Rule[] = [
  defineRule({
    name: 'product-of-sum', equation: 'A . B + A . C -> A . (B + C), A . C + B . C -> (A + B) . C', values: 'rounding', roots: ['add', 'sub'],
    guard: 'nothing else reads the two products',
    pattern: (node, rewriting) => {
      const products = addedProducts(node, rewriting);
      const side = products && sharedSide(products);
      return side === undefined ? undefined : { products: products!, side };
    },
    rewrite: ({ products: [a, b], side }, rewriting, { op }) => {
      const sum = rewriting.apply(op, a.inputs[1 - side]!, b.inputs[1 - side]!);
      return rewriting.node('matmul', side === 0 ? [a.inputs[0]!, sum] : [sum, a.inputs[1]!], a.attributes);
    },
  }),
];

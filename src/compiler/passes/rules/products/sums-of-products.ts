import type { Node, NodeOf } from '../../../graph/graph.js';
import { sameShape } from '../../../graph/dimensions.js';
import { elements } from '../../knowledge/cost.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

type Product = NodeOf<'matmul'>;

/** Two products that a node adds or subtracts and that nothing else reads. */
function addedProducts({ inputs: [left, right] }: Node, rewriting: Rewriting): [Product, Product] | undefined {
  if (left!.op !== 'matmul' || right!.op !== 'matmul' || left === right) return undefined;
  return rewriting.isSingle(left) && rewriting.isSingle(right) ? [left, right] : undefined;
}

const sameFlags = (a: Product, b: Product): boolean =>
  a.attributes.transposeA === b.attributes.transposeA && a.attributes.transposeB === b.attributes.transposeB;

/** A side on which two products have one operand, with equal shapes on the other. */
function sharedSide([a, b]: [Product, Product]): number | undefined {
  if (!sameFlags(a, b)) return undefined;
  const side = [0, 1].find((each) => a.inputs[each] === b.inputs[each]);
  return side !== undefined && sameShape(a.inputs[1 - side]!.shape, b.inputs[1 - side]!.shape) ? side : undefined;
}

/** The axes along which the operands of a product of matrices are multiplied. */
const innerAxes = ({ attributes: { transposeA, transposeB } }: Product): [number, number] => [transposeA ? 0 : 1, transposeB ? 1 : 0];

/** Whether joining the operands copies fewer elements than adding the results reads. */
function paysJoining([a, b]: [Product, Product]): boolean {
  const parts = [a, b].map((product) => product.inputs.reduce((sum, input) => sum + elements(input.shape), 0));
  return Math.min(...parts) < 2 * elements(a.shape);
}

const isMatrix = ({ shape }: Node): boolean => shape.length === 2;

/** Lengths that depend on the batch only join their like. */
const joinable = ([a, b]: [Product, Product]): boolean =>
  innerAxes(a).every((axis, side) => (a.inputs[side]!.shape[axis]! < 0) === (b.inputs[side]!.shape[axis]! < 0));

/** Sums of matrix products as fewer, larger products. */
export const sumOfProductRules: readonly Rule[] = [
  defineRule({
    name: 'product-of-sum', equation: 'A . B + A . C -> A . (B + C), A . C + B . C -> (A + B) . C', values: 'rounding', roots: ['add', 'sub'], operands: ['matmul'],
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
  defineRule({
    name: 'sum-of-products', equation: 'A . B + C . D -> [A C] . [B; D]', values: 'rounding', roots: ['add'], operands: ['matmul'],
    guard: 'matrices; joining the operands copies less than adding the results reads; nothing else reads the two products',
    pattern: (node, rewriting) => {
      const products = addedProducts(node, rewriting);
      const fits = products !== undefined && sameFlags(...products) && products.every((product) => product.inputs.every(isMatrix)) && joinable(products);
      return fits ? products : undefined;
    },
    check: (products) => (paysJoining(products) ? undefined : 'joining the operands would copy more than adding the results reads'),
    rewrite: ([a, b], rewriting) => {
      const axes = innerAxes(a);
      const joined = axes.map((axis, side) => rewriting.node('concat', [a.inputs[side]!, b.inputs[side]!], { axis }));
      return rewriting.node('matmul', joined, a.attributes);
    },
  }),
];

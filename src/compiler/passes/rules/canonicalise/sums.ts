import type { Node } from '../../../graph/graph.js';
import { PRODUCT_OPERATIONS } from '../../algebra/products.js';
import { buildSum, largeOperations, SUM_OPERATIONS, sumOf, type Sum, type Term } from '../../algebra/sums.js';
import { isSmaller } from '../../knowledge/cost.js';
import { uniformValue } from '../../knowledge/constants.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import { losesNaN } from './identities.js';

const ROOTS = ['add', 'sub'] as const;

/** coefficient * node */
interface Multiple {
  readonly node: Node;
  readonly coefficient: number;
}

function multipleOf({ sign, node }: Term, rewriting: Rewriting): Multiple {
  if (rewriting.isSingle(node) && (node.op === 'mul' || node.op === 'div')) {
    const [a, b] = node.inputs as [Node, Node];
    const [left, right] = [uniformValue(a), uniformValue(b)];
    if (right !== undefined) return { node: a, coefficient: node.op === 'mul' ? sign * right : sign / right };
    if (left !== undefined && node.op === 'mul') return { node: b, coefficient: sign * left };
  }
  return { node, coefficient: sign };
}

interface LikeTerms {
  readonly sum: Sum;
  readonly totals: ReadonlyMap<Node, number>;
}

/** Terms that are multiples of one node, where joining them saves an operation. */
function likeTerms(node: Node, rewriting: Rewriting): LikeTerms | undefined {
  if (node.dtype !== 'float32') return undefined;
  const sum = sumOf(node, rewriting);
  if (sum.terms.length < 2 || (sum.terms.length === 2 && sum.terms.every((term) => multipleOf(term, rewriting).node === term.node))) return undefined;
  const [totals, counts] = [new Map<Node, number>(), new Map<Node, { terms: number; scaled: number }>()];
  for (const term of sum.terms) {
    const multiple = multipleOf(term, rewriting);
    totals.set(multiple.node, (totals.get(multiple.node) ?? 0) + multiple.coefficient);
    const { terms, scaled } = counts.get(multiple.node) ?? { terms: 0, scaled: 0 };
    counts.set(multiple.node, { terms: terms + 1, scaled: scaled + (multiple.node === term.node ? 0 : 1) });
  }
  const saves = [...counts].some(([, { terms, scaled }]) => terms > 2 || (terms === 2 && scaled > 0));
  return saves ? { sum, totals } : undefined;
}

/** The first two terms that add up to nothing. */
function opposites({ terms }: Sum): [number, number] | undefined {
  for (const [i, { node, sign }] of terms.entries()) {
    const k = terms.findIndex((other, j) => j > i && other.node === node && other.sign === -sign);
    if (k >= 0) return [i, k];
  }
  return undefined;
}

/** Sums of any number of terms: trees of add, sub and neg whose inner parts nothing else reads. */
export const sumRules: readonly Rule[] = [
  defineRule({
    name: 'sum-of-constants', equation: '(x + c) + d -> x + (c + d)', guard: 'c + d is a number of the dtype', values: 'rounding', roots: ROOTS, operands: SUM_OPERATIONS,
    pattern: (node, rewriting) => {
      const sum = sumOf(node, rewriting);
      return sum.constants > 1 ? sum : undefined;
    },
    check: ({ constant }, _, { dtype }) => {
      const fits = dtype === 'int32' ? constant >= -(2 ** 31) && constant < 2 ** 31 : Number.isFinite(Math.fround(constant));
      return fits ? undefined : `the sum of the constants is ${constant}, outside ${dtype}`;
    },
    rewrite: ({ terms, constant }, rewriting, { dtype }) => buildSum(terms, constant, dtype, rewriting),
  }),
  defineRule({
    name: 'cancelled-terms', equation: 'x + y - x -> y', guard: 'x is always finite', values: 'rounding', roots: ROOTS, operands: SUM_OPERATIONS,
    pattern: (node, rewriting) => {
      const sum = sumOf(node, rewriting);
      const pair = opposites(sum);
      return pair && { sum, pair };
    },
    check: ({ sum, pair }, rewriting) => losesNaN(sum.terms[pair[0]]!.node, rewriting),
    rewrite: ({ sum, pair }, rewriting, { dtype }) => buildSum(sum.terms.filter((_, i) => !pair.includes(i)), sum.constant, dtype, rewriting),
  }),
  defineRule({
    name: 'like-terms', equation: 'c x + d x -> (c + d) x', guard: 'c + d is not 0, or x is always finite', values: 'rounding', roots: ROOTS, operands: [...SUM_OPERATIONS, ...PRODUCT_OPERATIONS],
    pattern: likeTerms,
    check: ({ totals }, rewriting) => {
      const gone = [...totals].find(([node, total]) => total === 0 && losesNaN(node, rewriting) !== undefined);
      return gone && losesNaN(gone[0], rewriting);
    },
    rewrite: ({ sum, totals }, rewriting, { dtype }) => {
      const terms = [...totals].filter(([, total]) => total !== 0).map(([node, total]): Term => {
        const size = Math.abs(total);
        return { sign: total > 0 ? 1 : -1, node: size === 1 ? node : rewriting.apply('mul', node, rewriting.scalar(size)) };
      });
      return buildSum(terms, sum.constant, dtype, rewriting);
    },
  }),
  defineRule({
    name: 'small-terms-first', equation: '(X + s) + t -> X + (s + t)', guard: 's and t are smaller than X', values: 'rounding', roots: ROOTS, operands: SUM_OPERATIONS,
    pattern: (node, rewriting) => {
      const sum = sumOf(node, rewriting);
      const hasLarge = sum.terms.some((term) => !isSmaller(term.node, node));
      return hasLarge && sum.largeOperations > largeOperations(sum.terms, sum.constant) ? sum : undefined;
    },
    rewrite: ({ terms, constant }, rewriting, { dtype }) => buildSum(terms, constant, dtype, rewriting),
  }),
];

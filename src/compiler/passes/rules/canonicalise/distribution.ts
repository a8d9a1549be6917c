import type { Node } from '../../../graph/graph.js';
import { buildProduct, PRODUCT_OPERATIONS, productCost, productOf, type Factors, type Product } from '../../algebra/products.js';
import { buildSum, SUM_OPERATIONS, sumOf, type Sum } from '../../algebra/sums.js';
import { isFilledWith } from '../../knowledge/constants.js';
import { complementOf, isComplement } from '../../knowledge/complements.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import { losesDivision } from './identities.js';
import { commonFactor, without } from './products.js';

/** A term as a product; taken apart only where nothing else reads it. */
const factorsOf = (node: Node, rewriting: Rewriting): Product =>
  (rewriting.isSingle(node) ? productOf(node, 'own', rewriting) : { coefficient: 1, numerators: [node], denominators: [], operations: 0, largeOperations: 0, constants: 0 });

const operationsOf = (sum: Sum, products: readonly Product[]): number => products.reduce((count, { operations }) => count + operations, sum.operations);

/** The nodes of the first list that are in all others, as often as in each. */
function shared([first, ...others]: readonly (readonly Node[])[]): Node[] {
  const rest = others.map((list) => [...list]);
  return first!.filter((node) => {
    const places = rest.map((list) => list.indexOf(node));
    if (places.includes(-1)) return false;
    places.forEach((place, i) => rest[i]!.splice(place, 1));
    return true;
  });
}

function except(list: readonly Node[], removed: readonly Node[]): Node[] {
  const left = [...list];
  for (const node of removed) left.splice(left.indexOf(node), 1);
  return left;
}

interface Factored {
  readonly sum: Sum;
  readonly common: Factors;
  readonly rests: readonly Factors[];
}

/** a c + b c, a / c + b / c and alike, where taking c out saves operations. */
function factored(node: Node, rewriting: Rewriting): Factored | undefined {
  if (node.dtype !== 'float32') return undefined;
  const sum = sumOf(node, rewriting);
  if (sum.terms.length < 2 || sum.constants > 0) return undefined;
  const products = sum.terms.map((term) => factorsOf(term.node, rewriting));
  const scale = Math.abs(products[0]!.coefficient);
  const coefficient = products.every((product) => Math.abs(product.coefficient) === scale) ? scale : 1;
  const numerators = shared(products.map((product) => product.numerators));
  const denominators = shared(products.map((product) => product.denominators));
  const rests = products.map((product): Factors => ({
    coefficient: product.coefficient / coefficient,
    numerators: except(product.numerators, numerators), denominators: except(product.denominators, denominators),
  }));
  const common: Factors = { coefficient, numerators, denominators };
  const inside = rests.reduce((cost, rest) => cost + productCost({ ...rest, coefficient: Math.abs(rest.coefficient) }), sum.terms.length - 1);
  const outside = numerators.length + denominators.length + (coefficient === 1 ? 0 : 1);
  return outside > 0 && inside + outside < operationsOf(sum, products) ? { sum, common, rests } : undefined;
}

interface Distributed {
  readonly sum: Sum;
  readonly products: readonly Factors[];
  readonly cancelled: readonly Node[];
}

/** (a / p + b / q) p q and alike, where multiplying out cancels divisors and costs no more. */
function distributed(node: Node, rewriting: Rewriting): Distributed | undefined {
  if (node.dtype !== 'float32') return undefined;
  const outer = productOf(node, 'own', rewriting);
  const place = outer.numerators.findIndex((factor) => (factor.op === 'add' || factor.op === 'sub') && rewriting.isSingle(factor));
  if (place < 0) return undefined;
  const sum = sumOf(outer.numerators[place]!, rewriting);
  if (sum.constants > 0) return undefined;
  const others = outer.numerators.filter((_, i) => i !== place);
  const inner = sum.terms.map((term) => factorsOf(term.node, rewriting));
  const cancelled: Node[] = [];
  const products = inner.map(({ coefficient, numerators, denominators }) => {
    let product: Factors = { coefficient: coefficient * outer.coefficient, numerators: [...numerators, ...others], denominators: [...denominators, ...outer.denominators] };
    for (let common = commonFactor(product); common !== undefined; common = commonFactor(product)) {
      cancelled.push(product.numerators[common.above]!);
      product = without(product, common);
    }
    return product;
  });
  const after = products.reduce((cost, product) => cost + productCost({ ...product, coefficient: Math.abs(product.coefficient) }), sum.terms.length - 1);
  return cancelled.length > 0 && after < operationsOf(sum, inner) + outer.operations ? { sum, products, cancelled } : undefined;
}

/** Products as terms of a sum, their signs as those of the terms. */
function sumOfProducts(sum: Sum, products: readonly Factors[], rewriting: Rewriting): Node {
  const terms = products.map((product, i) => {
    const sign = Math.sign(product.coefficient) * sum.terms[i]!.sign < 0 ? -1 : 1;
    return { sign, node: buildProduct({ ...product, coefficient: Math.abs(product.coefficient) }, rewriting) } as const;
  });
  return buildSum(terms, 0, 'float32', rewriting);
}

/** How u + s = 1 holds: as it stands (1), or with u or s as -(1 - x), which is written x - 1 (-1). */
interface Relation {
  readonly left: 1 | -1;
  readonly right: 1 | -1;
}

const isMinusOne = (node: Node, x: Node): boolean => node.op === 'sub' && node.inputs[0] === x && isFilledWith(node.inputs[1]!, 1);

function relation(u: Node, s: Node): Relation | undefined {
  if (isComplement(u, s)) return { left: 1, right: 1 };
  if (isMinusOne(u, s)) return { left: -1, right: 1 };
  return isMinusOne(s, u) ? { left: 1, right: -1 } : undefined;
}

/** a and b of u v - (1 - u)(1 - v) = a - b, where the signs of the factors come out right. */
function complementProducts(node: Node): [Node, Node] | undefined {
  const [left, right] = node.inputs as [Node, Node];
  if (left.op !== 'mul' || right.op !== 'mul') return undefined;
  const [s, t] = right.inputs as [Node, Node];
  for (const [u, v] of [left.inputs, [...left.inputs].reverse()] as [Node, Node][]) {
    const [first, second] = [relation(u, s), relation(v, t)];
    if (!first || !second) continue;
    const [signLeft, signRight] = [first.left * second.left, first.right * second.right];
    if (signLeft !== (node.op === 'sub' ? signRight : -signRight)) continue;
    const pairs: [Node, Node, boolean][] = [[v, s, second.left === 1 && first.right === 1], [u, t, first.left === 1 && second.right === 1]];
    const simple = (each: Node): boolean => complementOf(each) === undefined;
    const found = pairs.filter(([, , asWritten]) => asWritten).sort(([a, b], [c, d]) => Number(simple(c) && simple(d)) - Number(simple(a) && simple(b)))[0];
    if (found) return signLeft === 1 ? [found[0], found[1]] : [found[1], found[0]];
  }
  return undefined;
}

/** Products of sums and sums of products. */
export const distributionRules: readonly Rule[] = [
  defineRule({
    name: 'complement-products', equation: 'u v - (1 - u)(1 - v) -> v - (1 - u)', values: 'rounding', roots: ['sub', 'add'], operands: ['mul'],
    pattern: complementProducts,
    rewrite: ([a, b], rewriting) => rewriting.apply('sub', a, b),
  }),
  defineRule({
    name: 'common-factor', equation: 'a c + b c -> (a + b) c, a / c + b / c -> (a + b) / c', values: 'rounding', roots: ['add', 'sub'], operands: [...SUM_OPERATIONS, ...PRODUCT_OPERATIONS],
    guard: 'it saves operations',
    pattern: factored,
    rewrite: ({ sum, common, rests }, rewriting) =>
      buildProduct({ ...common, numerators: [...common.numerators, sumOfProducts(sum, rests, rewriting)] }, rewriting),
  }),
  defineRule({
    name: 'multiplied-out', equation: '(a / p + b / q) p q -> a q + b p', values: 'stable', roots: ['mul', 'div'], operands: [...SUM_OPERATIONS, ...PRODUCT_OPERATIONS],
    guard: 'it cancels divisors that stand for positive numbers, and saves operations',
    pattern: distributed,
    check: ({ cancelled }, rewriting) => cancelled.map((factor) => losesDivision(factor, rewriting)).find((reason) => reason !== undefined),
    rewrite: ({ sum, products }, rewriting) => sumOfProducts(sum, products, rewriting),
  }),
];

import type { Node, NodeOf } from '../../../graph/graph.js';
import type { Primitive } from '../../../graph/primitives.js';
import type { Operation } from '../../../graph/rules/rule.js';
import { buildProduct, PRODUCT_OPERATIONS, productCost, productOf, type Factors } from '../../algebra/products.js';
import { reducedBy, throughReshapes } from '../../knowledge/axes.js';
import { isComplement, isNegation } from '../../knowledge/complements.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

/** Operations that pick or move elements of their first operand. */
const REARRANGING: readonly Primitive[] = ['reshape', 'transpose', 'slice', 'gather', 'broadcastTo', 'reverse', 'tile'];

const DEPTH = 6;

/** Whether a node picks elements of a softmax. */
function picksSoftmax(node: Node, depth = DEPTH): boolean {
  if (!REARRANGING.includes(node.op) || depth === 0) return false;
  const [x] = node.inputs;
  return x!.op === 'softmax' || picksSoftmax(x!, depth - 1);
}

const isOneHot = (node: Node): node is NodeOf<'oneHot'> => node.op === 'oneHot' && node.attributes.on === 1 && node.attributes.off === 0;

interface PickedByOneHot {
  readonly hot: NodeOf<'oneHot'>;
  readonly p: NodeOf<'softmax'>;
}

/** h and p of sum(h p) along the axis of the softmax p, where h is one-hot along it. */
function pickedByOneHot(x: Node, axes: readonly number[]): PickedByOneHot | undefined {
  if (x.op !== 'mul') return undefined;
  for (const [hot, p] of [x.inputs, [...x.inputs].reverse()] as [Node, Node][]) {
    const axis = p.shape.length - 1;
    if (isOneHot(hot) && p.op === 'softmax' && p.attributes.axis === axis && hot.shape.length === p.shape.length && axes.join() === String(axis)) return { hot, p };
  }
  return undefined;
}

/** A divisor sum(h p) of a product, and h and p among its factors. */
function oneHotShare(node: Node, rewriting: Rewriting): { hot: Node; rest: Factors } | undefined {
  for (const reach of ['own', 'shared'] as const) {
    const product = productOf(node, reach, rewriting);
    for (const [below, divisor] of product.denominators.entries()) {
      const total = reducedBy(divisor, 'reduceSum');
      const picked = total && pickedByOneHot(total.x, total.axes);
      if (!picked || !product.numerators.includes(picked.hot) || !product.numerators.includes(picked.p)) continue;
      const numerators = product.numerators.filter((factor) => factor !== picked.hot && factor !== picked.p);
      const rest = { ...product, numerators, denominators: product.denominators.filter((_, i) => i !== below) };
      if (reach === 'own' || productCost(rest) <= product.operations) return { hot: picked.hot, rest };
    }
  }
  return undefined;
}

interface BinaryTerm {
  readonly weight: Node;
  /** The argument of the softplus. */
  readonly x: Node;
}

/** w softplus(x) */
function weightedSoftplus(node: Node): BinaryTerm | undefined {
  if (node.op !== 'mul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  if (b.op === 'softplus') return { weight: a, x: b.inputs[0]! };
  return a.op === 'softplus' ? { weight: b, x: a.inputs[0]! } : undefined;
}

/** y and x of y softplus(-x) + (1 - y) softplus(x). */
function binaryCrossEntropy({ inputs: [left, right] }: Node): { y: Node; x: Node } | undefined {
  const [first, second] = [weightedSoftplus(left!), weightedSoftplus(right!)];
  if (!first || !second || !isComplement(first.weight, second.weight) || !isNegation(first.x, second.x)) return undefined;
  const firstIsLabel = second.weight.op === 'sub' && second.weight.inputs[1] === first.weight;
  return firstIsLabel ? { y: first.weight, x: second.x } : { y: second.weight, x: first.x };
}

/** Cross-entropies of probabilities, from the logits that the probabilities come from. */
export const crossEntropyRules: readonly Rule[] = [
  defineRule({
    name: 'log-of-picked-softmax', equation: 'log(gather(softmax(x))) -> gather(logSoftmax(x)), reshape, slice, transpose and alike', values: 'stable', roots: ['log'], operands: REARRANGING,
    pattern: ({ inputs: [picked] }) => (picksSoftmax(picked!) ? picked : undefined),
    rewrite: (picked, rewriting) => {
      const [x, ...others] = picked.inputs;
      return rewriting.node(picked.op as Operation, [rewriting.apply('log', x!), ...others], picked.attributes);
    },
  }),
  defineRule({
    name: 'log-of-one-hot-sum', equation: 'log(sum(h softmax(x))) -> sum(select(h, logSoftmax(x), 0))', values: 'stable', roots: ['log'], operands: ['reduceSum', 'reshape'],
    guard: 'h is one-hot along the axis of the softmax, with indices within its depth',
    pattern: ({ inputs: [reshaped] }) => {
      const total = throughReshapes(reshaped!);
      if (total.op !== 'reduceSum') return undefined;
      const picked = pickedByOneHot(total.inputs[0]!, total.attributes.axes);
      return picked && { ...picked, attributes: total.attributes };
    },
    rewrite: ({ hot, p, attributes }, rewriting, { shape }) => {
      const chosen = rewriting.apply('select', rewriting.node('cast', [hot], { to: 'bool' }), rewriting.node('logSoftmax', p.inputs, p.attributes), rewriting.scalar(0));
      return rewriting.node('reshape', [rewriting.node('reduceSum', [chosen], attributes)], { shape });
    },
  }),
  defineRule({
    name: 'share-of-one-hot', equation: 'h p / sum(h p) -> h', values: 'stable', roots: ['mul', 'div'], operands: PRODUCT_OPERATIONS,
    guard: 'p is a softmax and h one-hot along its axis, with indices within its depth',
    pattern: oneHotShare,
    rewrite: ({ hot, rest }, rewriting) => buildProduct({ ...rest, numerators: [...rest.numerators, hot] }, rewriting),
  }),
  defineRule({
    name: 'binary-cross-entropy', equation: 'y softplus(-x) + (1 - y) softplus(x) -> relu(x) - x y + softplus(-|x|)', values: 'rounding', roots: ['add'], operands: ['mul'],
    pattern: binaryCrossEntropy,
    rewrite: ({ y, x }, rewriting) => {
      const linear = rewriting.apply('sub', rewriting.apply('relu', x), rewriting.apply('mul', x, y));
      return rewriting.apply('add', linear, rewriting.apply('softplus', rewriting.apply('neg', rewriting.apply('abs', x))));
    },
  }),
];

import type { Node } from '../../../graph/graph.js';
import { buildProduct, PRODUCT_OPERATIONS, productOf, type Factors } from '../../algebra/products.js';
import { alignedShape, isConstantAlong } from '../../knowledge/axes.js';
import { REDUCING_OPERATIONS, type Reducing } from '../../knowledge/primitive-classes.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

type Reduction = Extract<Node, { op: Reducing }>;

const LINEAR = ['reduceSum', 'reduceMean'] as const;

const without = (shape: Node['shape'], axes: readonly number[], keepDims: boolean): number[] =>
  shape.flatMap((length, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [length]));

/** A factor of the operand as a factor of the result. */
function outside(factor: Node, rank: number, { attributes: { axes, keepDims } }: Reduction, rewriting: Rewriting): Node {
  const shape = without(alignedShape(factor, rank), axes, keepDims);
  return factor.shape.length === 0 ? factor : rewriting.node('reshape', [factor], { shape });
}

/** The factors of a sum that can leave it, and what stays. */
function movable(node: Reduction, rewriting: Rewriting): { inside: Factors; moved: Factors } | undefined {
  const [x] = node.inputs;
  if (x!.dtype !== 'float32' || !rewriting.isSingle(x!)) return undefined;
  const { coefficient, numerators, denominators } = productOf(x!, 'own', rewriting);
  const leaves = (factor: Node): boolean => isConstantAlong(factor, x!.shape.length, node.attributes.axes);
  const stays = (factor: Node): boolean => !leaves(factor);
  const inside = { coefficient: 1, numerators: numerators.filter(stays), denominators: denominators.filter(stays) };
  if (coefficient === 1 && !numerators.some(leaves) && !denominators.some(leaves)) return undefined;
  if (inside.numerators.length + inside.denominators.length === 0) return undefined;
  const shift = (factor: Node): Node => outside(factor, x!.shape.length, node, rewriting);
  return { inside, moved: { coefficient, numerators: numerators.filter(leaves).map(shift), denominators: denominators.filter(leaves).map(shift) } };
}

/** Axes of two reductions one after the other, as axes of the operand of the first. */
function joinedAxes(outer: Reduction, inner: Reduction): number[] {
  const { axes, keepDims } = inner.attributes;
  const left = inner.inputs[0]!.shape.flatMap((_, i) => (keepDims || !axes.includes(i) ? [i] : []));
  return [...new Set([...axes, ...outer.attributes.axes.map((axis) => left[axis]!)])].sort((a, b) => a - b);
}

/** Whether two reductions one after the other give the shape of one. */
const isOneReduction = (outer: Reduction, inner: Node | undefined): inner is Reduction =>
  inner?.op === outer.op && outer.attributes.keepDims === (inner).attributes.keepDims;

/** Sums, means and extremes along axes. */
export const reductionRules: readonly Rule[] = [
  defineRule({
    name: 'reduction-of-ones', equation: 'sum(x) -> reshape(x)', guard: 'along axes of length 1', roots: REDUCING_OPERATIONS,
    pattern: ({ attributes: { axes }, inputs: [x] }) => (axes.every((axis) => x!.shape[axis] === 1) ? x : undefined),
    rewrite: (x, rewriting, { shape }) => rewriting.node('reshape', [x], { shape }),
  }),
  defineRule({
    name: 'reduction-of-reduction', equation: 'sum(sum(x)) -> sum(x) along all axes, mean, max, min and product alike', values: 'rounding', roots: REDUCING_OPERATIONS, operands: REDUCING_OPERATIONS,
    guard: 'both keep or both drop the axes; nothing else reads the inner one',
    pattern: (node) => {
      const [inner] = node.inputs;
      return isOneReduction(node, inner) ? inner : undefined;
    },
    check: (inner, rewriting) => (rewriting.isSingle(inner) ? undefined : 'the inner reduction has another reader and is computed anyway'),
    rewrite: (inner, rewriting, node) => rewriting.node(node.op, inner.inputs, { axes: joinedAxes(node, inner), keepDims: node.attributes.keepDims }),
  }),
  defineRule({
    name: 'factor-out-of-sum', equation: 'sum(c x) -> c sum(x), sum(x / c) -> sum(x) / c, mean alike', values: 'rounding', roots: LINEAR, operands: PRODUCT_OPERATIONS,
    guard: 'c is constant along the axes; nothing else reads c x',
    pattern: movable,
    rewrite: ({ inside, moved }, rewriting, { op, attributes, inputs: [x] }) => {
      const rest = buildProduct(inside, rewriting);
      const full = rest.shape.length === x!.shape.length && rest.shape.every((length, i) => length === x!.shape[i])
        ? rest
        : rewriting.node('broadcastTo', [rest], { shape: x!.shape });
      return buildProduct({ ...moved, numerators: [...moved.numerators, rewriting.node(op, [full], attributes)] }, rewriting);
    },
  }),
  defineRule({
    name: 'sum-of-reshaped', equation: 'sum(reshape(x)) -> sum(x), mean, max and min alike', values: 'rounding', guard: 'over all elements', roots: REDUCING_OPERATIONS, operands: ['reshape', 'transpose'],
    pattern: ({ attributes: { axes }, inputs: [x] }) =>
      ((x!.op === 'reshape' || x!.op === 'transpose') && axes.length === x.shape.length ? x.inputs[0] : undefined),
    rewrite: (x, rewriting, { op, shape }) => {
      const whole = x.shape.length === 0 ? x : rewriting.node(op, [x], { axes: x.shape.map((_, i) => i), keepDims: false });
      return rewriting.node('reshape', [whole], { shape });
    },
  }),
];

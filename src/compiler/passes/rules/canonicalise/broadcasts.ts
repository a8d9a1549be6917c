import { broadcastShapes, sameShape } from '../../../graph/dimensions.js';
import type { Node } from '../../../graph/graph.js';
import type { Operation } from '../../../graph/rules/rule.js';
import { isSmaller } from '../../knowledge/cost.js';
import { BROADCASTING_OPERATIONS, REDUCING_OPERATIONS, UNARY_OPERATIONS } from '../../knowledge/primitive-classes.js';
import { fixedCount } from '../../knowledge/value-range.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const canBroadcast = (from: Node['shape'], to: Node['shape']): boolean =>
  from.length <= to.length && from.every((length, i) => length === 1 || length === to[to.length - from.length + i]);

const source = (node: Node): Node => (node.op === 'broadcastTo' ? node.inputs[0]! : node);

/** The operands without the broadcasts that the operation does itself, if there are any. */
function unbroadcast({ inputs, shape }: Node): Node[] | undefined {
  const operands = [...inputs];
  for (const [i, input] of operands.entries()) {
    if (input.op !== 'broadcastTo') continue;
    const shapes = operands.map((other, k) => (k === i ? source(input) : other).shape);
    if (shapes.every((each) => canBroadcast(each, shape)) && sameShape(broadcastShapes(...shapes), shape)) operands[i] = source(input);
  }
  return operands.every((operand, i) => operand === inputs[i]) ? undefined : operands;
}

/** The axes of a broadcast tensor along which its source repeats, and the source with as many axes. */
function repetition(node: Node): { source: Node; leading: number; axes: number[] } | undefined {
  if (node.op !== 'broadcastTo') return undefined;
  const from = source(node);
  const leading = node.shape.length - from.shape.length;
  return { source: from, leading, axes: node.shape.flatMap((length, i) => (i < leading || (from.shape[i - leading] === 1 && length !== 1) ? [i] : [])) };
}

/** Broadcasts sink below elementwise operations: fewer elements are computed. */
export const broadcastRules: readonly Rule[] = [
  defineRule({
    name: 'operand-broadcast', equation: 'f(broadcast(x), y) -> f(x, y)', guard: 'f broadcasts x itself', roots: BROADCASTING_OPERATIONS, operands: ['broadcastTo'],
    pattern: unbroadcast,
    rewrite: (operands, rewriting, { op }) => rewriting.apply(op as 'add', ...operands),
  }),
  defineRule({
    name: 'function-of-broadcast', equation: 'f(broadcast(x)) -> broadcast(f(x))', roots: UNARY_OPERATIONS, operands: ['broadcastTo'],
    pattern: ({ inputs: [x] }) => (x!.op === 'broadcastTo' ? x.inputs[0] : undefined),
    rewrite: (x, rewriting, { op, attributes, shape }) =>
      rewriting.node('broadcastTo', [rewriting.node(op as Operation, [x], attributes)], { shape }),
  }),
  defineRule({
    name: 'function-of-broadcasts', equation: 'f(broadcast(x), broadcast(y)) -> broadcast(f(x, y))', guard: 'f(x, y) is smaller', roots: BROADCASTING_OPERATIONS, operands: ['broadcastTo'],
    pattern: (node, rewriting) => {
      if (!node.inputs.some((input) => input.op === 'broadcastTo')) return undefined;
      const small = rewriting.apply(node.op as 'add', ...node.inputs.map(source));
      return isSmaller(small, node) ? small : undefined;
    },
    rewrite: (small, rewriting, { shape }) => rewriting.node('broadcastTo', [small], { shape }),
  }),
  defineRule({
    name: 'reduced-broadcast', equation: 'sum(broadcast(x)) -> n sum(x), mean(broadcast(x)) -> mean(x), max and min alike',
    guard: 'the number n of repetitions does not depend on the batch', values: 'rounding', roots: REDUCING_OPERATIONS, operands: ['broadcastTo'],
    pattern: (node) => {
      const found = repetition(node.inputs[0]!);
      const repeated = found?.axes.filter((axis) => node.attributes.axes.includes(axis)) ?? [];
      return found && repeated.length > 0 && node.op !== 'reduceProd' ? { ...found, repeated } : undefined;
    },
    check: ({ repeated }, _, { op, inputs: [x] }) =>
      (op !== 'reduceSum' || fixedCount(x!, repeated) !== undefined ? undefined : 'the number of repetitions depends on the batch size'),
    rewrite: ({ source: from, leading, repeated }, rewriting, { op, attributes: { axes, keepDims }, inputs: [x], shape, dtype }) => {
      const full = rewriting.node('reshape', [from], { shape: [...Array<number>(leading).fill(1), ...from.shape] });
      const rest = axes.filter((axis) => !repeated.includes(axis));
      const reduced = rest.length === 0 ? full : rewriting.node(op, [full], { axes: rest, keepDims: true });
      const dropped = reduced.shape.filter((_, i) => keepDims || !axes.includes(i));
      const shaped = rewriting.node('reshape', [reduced], { shape: dropped });
      const total = op === 'reduceSum' ? rewriting.apply('mul', shaped, rewriting.scalar(fixedCount(x!, repeated)!, dtype)) : shaped;
      return sameShape(total.shape, shape) ? total : rewriting.node('broadcastTo', [total], { shape });
    },
  }),
];

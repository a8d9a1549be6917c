import type { Node } from '../../../graph/graph.js';
import { buildProduct, PRODUCT_OPERATIONS, productCost, productOf, type Factors, type Product } from '../../algebra/products.js';
import { isConstantAlong, reducedBy, throughReshapes } from '../../knowledge/axes.js';
import { isAlwaysFinite } from '../../knowledge/value-range.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

interface NormalisedExponential {
  readonly rest: Factors;
  readonly x: Node;
  readonly axes: readonly number[];
}

/** exp(x) above and sum(exp(x)) below the line of a product. */
function normalised(product: Product): NormalisedExponential | undefined {
  for (const [below, divisor] of product.denominators.entries()) {
    const total = reducedBy(divisor, 'reduceSum');
    if (total?.x.op !== 'exp') continue;
    const above = product.numerators.indexOf(total.x);
    if (above < 0) continue;
    const rest = { ...product, numerators: product.numerators.filter((_, i) => i !== above), denominators: product.denominators.filter((_, i) => i !== below) };
    return { rest, x: total.x.inputs[0]!, axes: total.axes };
  }
  return undefined;
}

function normalisedExponential(node: Node, rewriting: Rewriting): NormalisedExponential | undefined {
  for (const reach of ['own', 'shared'] as const) {
    const product = productOf(node, reach, rewriting);
    const found = normalised(product);
    if (found && (reach === 'own' || productCost(found.rest) <= product.operations)) return found;
  }
  return undefined;
}

/** x and m of log(sum(exp(x))) or m + log(sum(exp(x - m))), through reshapes, along one axis. */
function logSumExp(node: Node): { x: Node; axis: number } | undefined {
  const inner = throughReshapes(node);
  const direct = logOfSum(inner);
  if (direct !== undefined || inner.op !== 'add') return direct;
  for (const [m, log] of [inner.inputs, [...inner.inputs].reverse()] as [Node, Node][]) {
    const shifted = logOfSum(log);
    if (shifted?.x.op !== 'sub') continue;
    const [x, shift] = shifted.x.inputs as [Node, Node];
    if (throughReshapes(shift) === throughReshapes(m) && isConstantAlong(shift, shifted.x.shape.length, [shifted.axis])) return { x, axis: shifted.axis };
  }
  return undefined;
}

function logOfSum(node: Node): { x: Node; axis: number } | undefined {
  const log = throughReshapes(node);
  const total = log.op === 'log' ? throughReshapes(log.inputs[0]!) : undefined;
  if (total?.op !== 'reduceSum' || total.attributes.axes.length !== 1 || total.inputs[0]!.op !== 'exp') return undefined;
  return { x: total.inputs[0].inputs[0]!, axis: total.attributes.axes[0]! };
}

/** z of z - logSumExp(z), whose axis stands in its own place. */
function logSoftmaxOf({ inputs: [z, subtracted] }: Node): { z: Node; axis: number } | undefined {
  const found = logSumExp(subtracted!);
  return found?.x === z && isConstantAlong(subtracted!, z!.shape.length, [found!.axis]) ? { z: z!, axis: found!.axis } : undefined;
}

/** x and shift of x - shift where the shift is the same all along an axis. */
function shiftedAlong(node: Node, axis: number): { x: Node; shift: Node } | undefined {
  if (node.op !== 'sub' && node.op !== 'add') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const rank = node.shape.length;
  if (isConstantAlong(b, rank, [axis]) && sameLengths(a, node)) return { x: a, shift: b };
  return node.op === 'add' && isConstantAlong(a, rank, [axis]) && sameLengths(b, node) ? { x: b, shift: a } : undefined;
}

const sameLengths = (a: Node, b: Node): boolean => a.shape.length === b.shape.length && a.shape.every((length, i) => length === b.shape[i]);

/** The maximum of x itself is as finite as x. */
const isMaximumOf = (shift: Node, x: Node): boolean => {
  const inner = throughReshapes(shift.op === 'clip' ? shift.inputs[0]! : shift);
  return inner.op === 'reduceMax' && inner.inputs[0] === x;
};

/** Softmax and its logarithm, however they are written. */
export const softmaxRules: readonly Rule[] = [
  defineRule({
    name: 'softmax-of-quotient', equation: 'exp(x) / sum(exp(x)) -> softmax(x)', values: 'stable', roots: ['div', 'mul'], operands: ['exp', ...PRODUCT_OPERATIONS],
    guard: 'the sum runs along one axis; within products and quotients of any number of factors',
    pattern: normalisedExponential,
    check: ({ axes }) => (axes.length === 1 ? undefined : `softmax has one axis, not ${axes.length}`),
    rewrite: ({ rest, x, axes }, rewriting) =>
      buildProduct({ ...rest, numerators: [...rest.numerators, rewriting.node('softmax', [x], { axis: axes[0]! })] }, rewriting),
  }),
  defineRule({
    name: 'log-of-softmax', equation: 'log(softmax(x)) -> logSoftmax(x)', values: 'stable', roots: ['log'], operands: ['softmax'],
    pattern: ({ inputs: [p] }) => (p!.op === 'softmax' ? p : undefined),
    rewrite: ({ inputs, attributes }, rewriting) => rewriting.node('logSoftmax', inputs, attributes),
  }),
  defineRule({
    name: 'log-softmax-of-difference', equation: 'x - log(sum(exp(x))) -> logSoftmax(x), and with the maximum taken out', values: 'stable', roots: ['sub'], operands: ['reshape', 'log', 'add'],
    pattern: logSoftmaxOf,
    rewrite: ({ z, axis }, rewriting) => rewriting.node('logSoftmax', [z], { axis }),
  }),
  defineRule({
    name: 'softmax-of-shifted', equation: 'softmax(x - m) -> softmax(x), logSoftmax alike', values: 'stable', roots: ['softmax', 'logSoftmax'], operands: ['sub', 'add'],
    guard: 'm is the same along the axis; it is the maximum of x or always finite',
    pattern: ({ inputs: [x], attributes: { axis } }) => shiftedAlong(x!, axis),
    check: ({ x, shift }, rewriting) =>
      (rewriting.dropsNaN || isMaximumOf(shift, x) || isAlwaysFinite(shift) ? undefined : 'would lose NaN: the shift may be NaN or infinite'),
    rewrite: ({ x }, rewriting, { op, attributes }) => rewriting.node(op, [x], attributes),
  }),
  defineRule({
    name: 'exponential-of-log-softmax', equation: 'exp(logSoftmax(x)) -> softmax(x)', values: 'stable', guard: 'nothing else reads logSoftmax(x)', roots: ['exp'], operands: ['logSoftmax'],
    pattern: ({ inputs: [log] }) => (log!.op === 'logSoftmax' ? log : undefined),
    check: (log, rewriting) => (rewriting.isSingle(log) ? undefined : 'logSoftmax(x) has another reader and is computed anyway'),
    rewrite: ({ inputs, attributes }, rewriting) => rewriting.node('softmax', inputs, attributes),
  }),
  defineRule({
    name: 'sum-of-softmax', equation: 'sum(softmax(x)) -> 1', values: 'stable', guard: 'along the axis of the softmax', roots: ['reduceSum'], operands: ['softmax'],
    pattern: ({ inputs: [p], attributes: { axes } }) => (p!.op === 'softmax' && axes.length === 1 && axes[0] === p.attributes.axis ? p : undefined),
    rewrite: (_, rewriting, { shape }) => rewriting.filled(1, shape),
  }),
  defineRule({
    name: 'index-of-softmax', equation: 'argMax(softmax(x)) -> argMax(x), argMin and logSoftmax alike', values: 'stable', guard: 'along one axis', roots: ['argMax', 'argMin'], operands: ['softmax', 'logSoftmax'],
    pattern: ({ inputs: [p], attributes: { axis } }) => ((p!.op === 'softmax' || p!.op === 'logSoftmax') && p.attributes.axis === axis ? p : undefined),
    rewrite: ({ inputs }, rewriting, { op, attributes }) => rewriting.node(op, inputs, attributes),
  }),
];

import type { Node, NodeOf } from '../../../graph/graph.js';
import type { PrimitiveAttributes } from '../../../graph/primitives.js';
import { isUnary, UNARY_OPERATIONS } from '../../knowledge/primitive-classes.js';
import type { Operation } from '../../../graph/rules/rule.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

type Bounds = PrimitiveAttributes['slice'];

/** Whether a slice takes the whole of an axis in order. */
const isWhole = ({ begin, end, strides }: Bounds, shape: Node['shape'], axis: number): boolean =>
  begin[axis] === 0 && end[axis] === shape[axis] && strides[axis] === 1;

/** The one axis of which a slice with stride 1 takes a part. */
export function partAxis({ attributes, inputs: [x] }: NodeOf<'slice'>): number | undefined {
  const axes = x!.shape.flatMap((_, axis) => (isWhole(attributes, x!.shape, axis) ? [] : [axis]));
  return axes.length === 1 && attributes.strides[axes[0]!] === 1 ? axes[0] : undefined;
}

/** Bounds with other limits along one axis. */
const along = ({ begin, end, strides }: Bounds, axis: number, from: number, to: number): Bounds =>
  ({ begin: begin.map((each, i) => (i === axis ? from : each)), end: end.map((each, i) => (i === axis ? to : each)), strides });

/** The bounds of x[inner][outer] on x; strides of the inner slice are 1 wherever the batch is long. */
function composed(inner: NodeOf<'slice'>, outer: NodeOf<'slice'>): Bounds | undefined {
  const { begin, end, strides } = inner.attributes;
  if (strides.some((stride) => stride < 1) || outer.attributes.strides.some((stride) => stride < 1)) return undefined;
  const whole = (axis: number): boolean => isWhole(outer.attributes, inner.shape, axis);
  return {
    begin: begin.map((from, axis) => from + outer.attributes.begin[axis]! * strides[axis]!),
    end: end.map((to, axis) => (whole(axis) ? to : begin[axis]! + (outer.attributes.end[axis]! - 1) * strides[axis]! + 1)),
    strides: strides.map((stride, axis) => stride * outer.attributes.strides[axis]!),
  };
}

interface PartOfConcat {
  readonly parts: readonly Node[];
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** The operands of a concat that a slice touches, and where the slice begins and ends within them. */
function touched(node: NodeOf<'slice'>): PartOfConcat | undefined {
  const [joined] = node.inputs;
  if (joined!.op !== 'concat') return undefined;
  const { axis } = joined.attributes;
  const [begin, end] = [node.attributes.begin[axis]!, node.attributes.end[axis]!];
  if (node.attributes.strides[axis] !== 1 || joined.shape[axis]! < 0 || begin >= end) return undefined;
  let start = 0;
  let first: number | undefined;
  const parts: Node[] = [];
  for (const part of joined.inputs) {
    const stop = start + part.shape[axis]!;
    if (stop > begin && start < end) {
      first ??= start;
      parts.push(part);
    }
    start = stop;
  }
  return parts.length < joined.inputs.length ? { parts, axis, from: begin - first!, to: end - first! } : undefined;
}

/** A slice that lies inside the operand of a pad along every axis that it cuts. */
function insidePad(node: NodeOf<'slice'>): { x: Node; bounds: Bounds } | undefined {
  const [padded] = node.inputs;
  if (padded!.op !== 'pad') return undefined;
  const [x] = padded.inputs;
  const { before } = padded.attributes;
  const { begin, end, strides } = node.attributes;
  if (strides.some((stride) => stride < 1)) return undefined;
  const bounds = { begin: begin.map((from, i) => from - before[i]!), end: end.map((to, i) => to - before[i]!), strides };
  return x!.shape.every((length, i) => length < 0 || (bounds.begin[i]! >= 0 && bounds.end[i]! <= length)) ? { x: x!, bounds } : undefined;
}

/** Slices of tensors that other operations put together. */
export const sliceRules: readonly Rule[] = [
  defineRule({
    name: 'slice-of-all', equation: 'slice(x, all) -> x', roots: ['slice'],
    pattern: ({ attributes, inputs: [x] }) => (x!.shape.every((_, axis) => isWhole(attributes, x!.shape, axis)) ? x : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'slice-of-slice', equation: 'slice(slice(x)) -> slice(x)', guard: 'both run forwards', roots: ['slice'], operands: ['slice'],
    pattern: (node) => {
      const [inner] = node.inputs;
      const bounds = inner!.op === 'slice' ? composed(inner, node) : undefined;
      return bounds && { x: inner!.inputs[0]!, bounds };
    },
    rewrite: ({ x, bounds }, rewriting) => rewriting.node('slice', [x], bounds),
  }),
  defineRule({
    name: 'slice-of-concat', equation: 'slice(concat(x, y)) -> slice(x)', guard: 'the slice does not touch y', roots: ['slice'], operands: ['concat'],
    pattern: touched,
    rewrite: ({ parts, axis, from, to }, rewriting, { attributes }) => {
      const joined = parts.length === 1 ? parts[0]! : rewriting.node('concat', parts, { axis });
      return rewriting.node('slice', [joined], along(attributes, axis, from, to));
    },
  }),
  defineRule({
    name: 'slice-of-pad', equation: 'slice(pad(x)) -> slice(x)', guard: 'the slice lies within x', roots: ['slice'], operands: ['pad'],
    pattern: insidePad,
    rewrite: ({ x, bounds }, rewriting) => rewriting.node('slice', [x], bounds),
  }),
  defineRule({
    name: 'slice-of-broadcast', equation: 'slice(broadcast(x)) -> broadcast(x)', guard: 'along axes on which x repeats', roots: ['slice'], operands: ['broadcastTo'],
    pattern: ({ attributes, inputs: [wide] }) => {
      if (wide!.op !== 'broadcastTo') return undefined;
      const [x] = wide.inputs;
      const leading = wide.shape.length - x!.shape.length;
      const repeats = wide.shape.every((_, i) => isWhole(attributes, wide.shape, i) || i < leading || x!.shape[i - leading] === 1);
      return repeats ? x : undefined;
    },
    rewrite: (x, rewriting, { shape }) => rewriting.node('broadcastTo', [x], { shape }),
  }),
  defineRule({
    name: 'slice-of-function', equation: 'slice(f(x)) -> f(slice(x))', guard: 'f acts on each element alone; nothing else reads f(x)', roots: ['slice'], operands: UNARY_OPERATIONS,
    pattern: ({ inputs: [mapped] }) => (isUnary(mapped!) ? mapped : undefined),
    check: (mapped, rewriting) => (rewriting.isSingle(mapped) ? undefined : 'f(x) has another reader and is computed anyway'),
    rewrite: (mapped, rewriting, { attributes }) =>
      rewriting.node(mapped.op as Operation, [rewriting.node('slice', mapped.inputs, attributes)], mapped.attributes),
  }),
  defineRule({
    name: 'pad-by-nothing', equation: 'pad(x, 0) -> x', roots: ['pad'],
    pattern: ({ attributes: { before, after }, inputs: [x] }) => ([...before, ...after].every((count) => count === 0) ? x : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'pad-of-pad', equation: 'pad(pad(x, a), b) -> pad(x, a + b)', guard: 'with the same number', roots: ['pad'], operands: ['pad'],
    pattern: ({ attributes, inputs: [inner] }) => (inner!.op === 'pad' && inner.attributes.value === attributes.value ? inner : undefined),
    rewrite: (inner, rewriting, { attributes: { before, after, value } }) => rewriting.node('pad', inner.inputs, {
      before: before.map((count, i) => count + inner.attributes.before[i]!), after: after.map((count, i) => count + inner.attributes.after[i]!), value,
    }),
  }),
];

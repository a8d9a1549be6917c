import type { Node, NodeOf } from '../../../graph/graph.js';
import { buildSum, sumOf, type Sum } from '../../algebra/sums.js';
import { isFilledWith } from '../../knowledge/constants.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import { partAxis } from './slices.js';

/** A concat some of whose operands are concats along the same axis. */
function flattened({ attributes: { axis }, inputs }: NodeOf<'concat'>): Node[] | undefined {
  const isNested = (part: Node): boolean => part.op === 'concat' && part.attributes.axis === axis;
  return inputs.some(isNested) ? inputs.flatMap((part) => (isNested(part) ? part.inputs : [part])) : undefined;
}

/** Operands that are neighbouring slices of one tensor, joined to one slice each. */
function adjoined({ attributes: { axis }, inputs }: NodeOf<'concat'>, rewriting: Rewriting): Node[] | undefined {
  const parts: Node[] = [];
  for (const part of inputs) {
    const last = parts.at(-1);
    const follows = last?.op === 'slice' && part.op === 'slice' && last.inputs[0] === part.inputs[0] && partAxis(last) === axis && partAxis(part) === axis &&
      last.attributes.end[axis] === part.attributes.begin[axis] && last.inputs[0]!.shape[axis]! >= 0;
    if (!follows) parts.push(part);
    else parts[parts.length - 1] = rewriting.node('slice', last.inputs, { ...last.attributes, end: part.attributes.end });
  }
  return parts.length < inputs.length ? parts : undefined;
}

/** A tensor between zeros along one axis. */
interface Placed {
  readonly x: Node;
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** The parts of a tensor that has nothing but zeros around them along one axis. */
function placed(node: Node): Placed[] {
  if (node.op === 'concat') {
    const { axis } = node.attributes;
    let end = 0;
    const parts = node.inputs.map((x): Placed => ({ x, axis, from: end, to: (end += x.shape[axis]!) }));
    return parts.some(({ x }) => isFilledWith(x, 0)) ? parts.filter(({ x }) => !isFilledWith(x, 0)) : [];
  }
  if (node.op !== 'pad' || node.attributes.value !== 0) return [];
  const { before, after } = node.attributes;
  const [axis, ...others] = node.shape.flatMap((_, i) => (before[i]! + after[i]! > 0 ? [i] : []));
  return axis === undefined || others.length > 0 ? [] : [{ x: node.inputs[0]!, axis, from: before[axis]!, to: node.shape[axis]! - after[axis]! }];
}

interface Tiling {
  readonly sum: Sum;
  /** Places in the sum of the terms that are joined. */
  readonly members: readonly number[];
  readonly parts: readonly Placed[];
}

/** Terms of a sum that put tensors at different places along one axis, each with nothing but zeros around it. */
function tiling(node: Node, rewriting: Rewriting): Tiling | undefined {
  const sum = sumOf(node, rewriting);
  const candidates = sum.terms.flatMap((term, i) => {
    const parts = term.sign === 1 && rewriting.isSingle(term.node) && term.node.shape.length === node.shape.length ? placed(term.node) : [];
    return parts.length > 0 ? [{ parts, i }] : [];
  });
  const members = candidates.filter(({ parts }) => parts[0]!.axis === candidates[0]!.parts[0]!.axis);
  const parts = members.flatMap((member) => member.parts).sort((a, b) => a.from - b.from);
  const apart = parts.every((part, i) => i === 0 || parts[i - 1]!.to <= part.from);
  return members.length > 1 && apart ? { sum, members: members.map(({ i }) => i), parts } : undefined;
}

/** Parts along an axis of a certain length, zeros in the gaps. */
function joinedParts(parts: readonly Placed[], axis: number, length: number, rewriting: Rewriting): Node {
  const pieces: Node[] = [];
  let end = 0;
  const fill = (to: number, { dtype, shape }: Node): void => {
    if (to > end) pieces.push(rewriting.filled(0, shape.map((each, i) => (i === axis ? to - end : each)), dtype));
    end = to;
  };
  for (const { x, from, to } of parts) {
    fill(from, x);
    pieces.push(x);
    end = to;
  }
  fill(length, parts[0]!.x);
  return rewriting.node('concat', pieces, { axis });
}

/** Tensors joined along an axis. */
export const concatenationRules: readonly Rule[] = [
  defineRule({
    name: 'concat-of-one', equation: 'concat(x) -> x', roots: ['concat'],
    pattern: ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'concat-of-concat', equation: 'concat(concat(x, y), z) -> concat(x, y, z)', guard: 'along the same axis', roots: ['concat'], operands: ['concat'],
    pattern: flattened,
    rewrite: (parts, rewriting, { attributes }) => rewriting.node('concat', parts, attributes),
  }),
  defineRule({
    name: 'concat-of-slices', equation: 'concat(slice(x, a:b), slice(x, b:c)) -> slice(x, a:c)', roots: ['concat'], operands: ['slice'],
    pattern: adjoined,
    rewrite: (parts, rewriting, { attributes }) => rewriting.node('concat', parts, attributes),
  }),
  defineRule({
    name: 'sum-of-pads', equation: 'pad(x, after) + pad(y, before) -> concat(x, y)', roots: ['add'], operands: ['pad', 'concat'],
    guard: 'zeros only, along one axis, and the parts do not overlap',
    pattern: tiling,
    rewrite: ({ sum, members, parts }, rewriting, { shape, dtype }) => {
      const joined = joinedParts(parts, parts[0]!.axis, shape[parts[0]!.axis]!, rewriting);
      return buildSum([...sum.terms.filter((_, i) => !members.includes(i)), { sign: 1, node: joined }], sum.constant, dtype, rewriting);
    },
  }),
];

import { sameShape } from '../../../graph/dimensions.js';
import type { Node, NodeOf } from '../../../graph/graph.js';
import { BROADCASTING_OPERATIONS, isElementwise, isReduction, REDUCING_OPERATIONS, UNARY_OPERATIONS, type Reducing } from '../../knowledge/primitive-classes.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import type { Operation } from '../../../graph/rules/rule.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';
import { isIdentity, keepsOrder, permuted } from '../../transpose-algebra.js';

/** The operand of a node, if it has a certain operation. */
const below = <P extends Node['op']>({ inputs: [operand] }: Node, op: P): Extract<Node, { op: P }> | undefined =>
  (operand!.op === op ? (operand as Extract<Node, { op: P }>) : undefined);

/** A reduction below a reshape that only adds or drops its axes of length 1. */
function reshapedReduction(node: NodeOf<'reshape'>): { reduction: Extract<Node, { op: Reducing }>; keepDims: boolean } | undefined {
  const [reduction] = node.inputs;
  if (!isReduction(reduction!)) return undefined;
  const { axes, keepDims } = reduction.attributes;
  const { shape } = reduction.inputs[0]!;
  const other = shape.flatMap((length, i) => (axes.includes(i) ? (keepDims ? [] : [1]) : [length]));
  return sameShape(other, node.shape) ? { reduction, keepDims: !keepDims } : undefined;
}

const isSingleElement = ({ shape }: Node): boolean => shape.every((length) => length === 1);
const withoutOnes = ({ shape }: Node): string => shape.filter((length) => length !== 1).join();

/** A reshape is moved down through this many operations. */
const RESHAPE_DEPTH = 4;

/** Whether a reshape above a node ends in one below it or in a reduction. */
function takesReshape(node: Node, rewriting: Rewriting, depth: number): boolean {
  if (node.op === 'reshape' || isReduction(node)) return true;
  return depth > 0 && isElementwise(node) && rewriting.isSingle(node) && node.inputs.some((operand) => takesReshape(operand, rewriting, depth - 1));
}

/**
 * An elementwise operation below a reshape that only adds or drops axes of length 1, on operands of its own shape or with one element, some
 * of which take the reshape in: then patterns see the operation.
 */
function reshapedFunction(node: NodeOf<'reshape'>, rewriting: Rewriting): Node | undefined {
  const [inner] = node.inputs;
  if (!isElementwise(inner!) || withoutOnes(inner!) !== withoutOnes(node)) return undefined;
  const fits = inner!.inputs.every((operand) => isSingleElement(operand) || sameShape(operand.shape, inner!.shape));
  return fits && inner!.inputs.some((operand) => takesReshape(operand, rewriting, RESHAPE_DEPTH)) ? inner : undefined;
}

/** Reshapes, transposes, broadcasts, tiles and reversals that change nothing or follow each other. */
export const shapeRules: readonly Rule[] = [
  defineRule({
    name: 'reshape-to-own-shape', equation: 'reshape(x, shape of x) -> x', roots: ['reshape'],
    pattern: (node) => (sameShape(node.inputs[0]!.shape, node.shape) ? node.inputs[0] : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'reshape-of-reshape', equation: 'reshape(reshape(x)) -> reshape(x)', roots: ['reshape'], operands: ['reshape'],
    pattern: (node) => below(node, 'reshape'),
    rewrite: (inner, rewriting, { shape }) => rewriting.node('reshape', inner.inputs, { shape }),
  }),
  defineRule({
    name: 'reshape-of-reduction', equation: 'reshape(sum(x)) -> sum(x) with the axes of length 1 kept or dropped', roots: ['reshape'], operands: REDUCING_OPERATIONS,
    guard: 'nothing else reads the reduction',
    pattern: reshapedReduction,
    check: ({ reduction }, rewriting) => (rewriting.isSingle(reduction) ? undefined : 'the reduction has another reader and would be computed twice'),
    rewrite: ({ reduction: { op, inputs, attributes }, keepDims }, rewriting) => rewriting.node(op, inputs, { axes: attributes.axes, keepDims }),
  }),
  defineRule({
    name: 'reshape-of-function', equation: 'reshape(f(x, y)) -> f(reshape(x), reshape(y))', roots: ['reshape'], operands: [...UNARY_OPERATIONS, ...BROADCASTING_OPERATIONS],
    guard: 'only axes of length 1 come or go; a reshape or a reduction below takes it in; nothing else reads f(x, y)',
    pattern: reshapedFunction,
    check: (inner, rewriting) => (rewriting.isSingle(inner) ? undefined : 'f(x, y) has another reader and is computed anyway'),
    rewrite: ({ op, inputs, attributes }, rewriting, { shape }) => {
      const operands = inputs.map((operand) => (isSingleElement(operand) ? rewriting.node('reshape', [operand], { shape: [] }) : rewriting.node('reshape', [operand], { shape })));
      const single = operands.every(({ shape: each }) => each.length === 0);
      return rewriting.node(op as Operation, single ? inputs.map((operand) => rewriting.node('reshape', [operand], { shape })) : operands, attributes);
    },
  }),
  defineRule({
    name: 'reshape-of-single-value', equation: 'reshape(broadcast(x)) -> broadcast(x)', guard: 'x has one element', roots: ['reshape'], operands: ['broadcastTo'],
    pattern: (node) => {
      const inner = below(node, 'broadcastTo');
      return inner?.inputs[0]!.shape.every((length) => length === 1) ? inner.inputs[0] : undefined;
    },
    rewrite: (x, rewriting, { shape }) => {
      const single = x.shape.length === 0 ? x : rewriting.node('reshape', [x], { shape: [] });
      return shape.length === 0 ? single : rewriting.node('broadcastTo', [single], { shape });
    },
  }),
  defineRule({
    name: 'transpose-by-identity', equation: 'transpose(x, 0, 1, ...) -> x', roots: ['transpose'],
    pattern: ({ attributes: { permutation }, inputs: [x] }) => (isIdentity(permutation) ? x : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'transpose-of-ones', equation: 'transpose(x) -> reshape(x)', guard: 'only axes of length 1 change places', roots: ['transpose'],
    pattern: ({ attributes: { permutation }, inputs: [x] }) => (keepsOrder(x!.shape, permutation) ? x : undefined),
    rewrite: (x, rewriting, { shape }) => rewriting.node('reshape', [x], { shape }),
  }),
  defineRule({
    name: 'transpose-of-transpose', equation: 'transpose(transpose(x)) -> transpose(x)', roots: ['transpose'], operands: ['transpose'],
    pattern: (node) => below(node, 'transpose'),
    rewrite: (inner, rewriting, { attributes }) =>
      rewriting.node('transpose', inner.inputs, { permutation: permuted(inner.attributes.permutation, attributes.permutation) }),
  }),
  defineRule({
    name: 'broadcast-to-own-shape', equation: 'broadcast(x, shape of x) -> x', roots: ['broadcastTo'],
    pattern: (node) => (sameShape(node.inputs[0]!.shape, node.shape) ? node.inputs[0] : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'broadcast-of-broadcast', equation: 'broadcast(broadcast(x)) -> broadcast(x)', roots: ['broadcastTo'], operands: ['broadcastTo'],
    pattern: (node) => below(node, 'broadcastTo'),
    rewrite: (inner, rewriting, { shape }) => rewriting.node('broadcastTo', inner.inputs, { shape }),
  }),
  defineRule({
    name: 'tile-once', equation: 'tile(x, 1, 1, ...) -> x', roots: ['tile'],
    pattern: ({ attributes: { repeats }, inputs: [x] }) => (repeats.every((count) => count === 1) ? x : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'tile-of-ones', equation: 'tile(x) -> broadcast(x)', guard: 'only axes of length 1 repeat', roots: ['tile'],
    pattern: ({ attributes: { repeats }, inputs: [x] }) => (repeats.every((count, i) => count === 1 || x!.shape[i] === 1) ? x : undefined),
    rewrite: (x, rewriting, { shape }) => rewriting.node('broadcastTo', [x], { shape }),
  }),
  defineRule({
    name: 'reverse-twice', equation: 'reverse(reverse(x)) -> x', guard: 'along the same axes', roots: ['reverse'], operands: ['reverse'],
    pattern: (node) => {
      const inner = below(node, 'reverse');
      return inner?.attributes.axes.join() === node.attributes.axes.join() ? inner?.inputs[0] : undefined;
    },
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'reverse-of-ones', equation: 'reverse(x) -> x', guard: 'along axes of length 1', roots: ['reverse'],
    pattern: ({ attributes: { axes }, inputs: [x] }) => (axes.every((axis) => x!.shape[axis] === 1) ? x : undefined),
    rewrite: (x) => x,
  }),
];

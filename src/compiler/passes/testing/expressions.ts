import { filled, node as build, scalar } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { PrimitiveAttributes } from '../../graph/primitives.js';
import type { Operation } from '../../graph/rules/rule.js';
import type { Plain } from '../rewriting/rewriting.js';

/** A node of an operation without attributes; numbers are scalars of the dtype of the other operand. */
export function f(op: Plain, ...operands: readonly (Node | number)[]): Node {
  const dtype = operands.find((operand): operand is Node => typeof operand !== 'number' && operand.dtype !== 'bool')?.dtype ?? 'float32';
  return build(op, operands.map((operand) => (typeof operand === 'number' ? scalar(operand, dtype) : operand)), {}) as Node;
}

/** A node of an operation with attributes. */
export const g = <P extends Operation>(op: P, attributes: PrimitiveAttributes[P], ...operands: readonly Node[]): Node => build(op, operands, attributes) as Node;

export const full = (value: number, ...shape: readonly number[]): Node => filled(value, shape);

export const sum = (x: Node, axes: readonly number[] = [1], keepDims = true): Node => g('reduceSum', { axes, keepDims }, x);
export const mean = (x: Node, axes: readonly number[] = [1], keepDims = true): Node => g('reduceMean', { axes, keepDims }, x);
export const max = (x: Node, axes: readonly number[] = [1], keepDims = true): Node => g('reduceMax', { axes, keepDims }, x);
export const reshape = (x: Node, ...shape: readonly number[]): Node => g('reshape', { shape }, x);
export const broadcast = (x: Node, ...shape: readonly number[]): Node => g('broadcastTo', { shape }, x);
export const transpose = (x: Node, ...permutation: readonly number[]): Node => g('transpose', { permutation }, x);
export const softmax = (x: Node, axis = 1): Node => g('softmax', { axis }, x);
export const concat = (axis: number, ...parts: readonly Node[]): Node => g('concat', { axis }, ...parts);
export const matmul = (a: Node, b: Node, transposeA = false, transposeB = false): Node => g('matmul', { transposeA, transposeB }, a, b);
export const pad = (x: Node, before: readonly number[], after: readonly number[]): Node => g('pad', { before, after, value: 0 }, x);
export const clip = (x: Node, min: number, max: number): Node => g('clip', { min, max }, x);

/** x[begin:end, ...] with steps of 1. */
export const slice = (x: Node, begin: readonly number[], end: readonly number[]): Node => g('slice', { begin, end, strides: x.shape.map(() => 1) }, x);

/** One-hot rows [2,3] whose places follow from x [2,3]. */
export const oneHot = (x: Node): Node => g('oneHot', { depth: 3, on: 1, off: 0 }, g('argMax', { axis: 1 }, x));

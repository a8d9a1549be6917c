import { sizeOf } from '../signature.js';
import type { Node, NodeOf } from '../graph/graph.js';
import type { Shape } from '../tensors.js';

/** A sum over some axes of a node of a loop. */
export type Sum = NodeOf<'reduceSum'> & Node;

/**
 * One pass over all elements of `shape`: each element of the operands is read once, each node is computed in registers, and only results
 * and sums are written.
 */
export interface Loop {
  readonly shape: Shape;
  /** Elementwise nodes of that shape, operands before users. */
  readonly nodes: readonly Node[];
  /** What is read: tensors whose shape broadcasts to `shape`; constants with one element are part of the code. */
  readonly operands: readonly Node[];
  /** Nodes that somebody else needs, float32. */
  readonly results: readonly Node[];
  /** Reductions of nodes or operands of `shape` that the same pass computes. */
  readonly sums: readonly Sum[];
}

/** An axis of the loop nest: neighbouring axes of the tensors that are all read alike are one. */
export interface LoopAxis {
  readonly length: number;
  /** For each tensor (operands, results, sums, in this order) the distance in elements between neighbours; 0 where it broadcasts or is summed. */
  readonly strides: readonly number[];
}

/** Lengths of the axes of a tensor as the loop sees them: right-aligned, 1 where it broadcasts. */
function alignedShape(shape: Shape, rank: number): number[] {
  return [...Array<number>(rank - shape.length).fill(1), ...shape];
}

const stridesOf = (lengths: readonly number[]): number[] => lengths.map((length, i) => (length === 1 ? 0 : sizeOf(lengths.slice(i + 1))));

/** Lengths of a sum, with 1 along the axes that it sums over. */
const summedShape = ({ inputs: [operand], attributes: { axes } }: Sum): number[] => operand!.shape.map((length, i) => (axes.includes(i) ? 1 : length));

/** Longest run of lanes that are added up one after the other: partial sums keep the rounding error of long sums small. */
const longestPartialSum = 4096;

/** The axes of a loop, outermost first; at least one. */
export function loopAxes({ shape, operands, results, sums }: Loop): LoopAxis[] {
  const rank = shape.length;
  const strides = [
    ...[...operands, ...results].map((node) => stridesOf(alignedShape(node.shape, rank))),
    ...sums.map((sum) => stridesOf(summedShape(sum))),
  ];
  const axes: LoopAxis[] = [];
  for (const [i, length] of shape.entries()) {
    if (length === 1) continue;
    const axis: LoopAxis = { length, strides: strides.map((each) => each[i]!) };
    const outer = axes.at(-1);
    const mergeable = outer?.strides.every((stride, k) => stride === axis.strides[k]! * length && (stride === 0) === (axis.strides[k] === 0));
    if (outer && mergeable) axes[axes.length - 1] = { length: outer.length * length, strides: axis.strides };
    else axes.push(axis);
  }
  return splitLongSums(axes.length === 0 ? [{ length: 1, strides: strides.map(() => 1) }] : axes, operands.length + results.length);
}

/** Cuts an innermost axis that sums run along into an outer and an inner part, where its length has a fitting divisor. */
function splitLongSums(axes: readonly LoopAxis[], firstSum: number): LoopAxis[] {
  const inner = axes.at(-1)!;
  const summed = inner.strides.slice(firstSum).some((stride) => stride === 0);
  if (!summed || inner.length <= longestPartialSum) return [...axes];
  for (let part = longestPartialSum; part >= 64; part -= 4) {
    if (inner.length % part === 0) {
      const outer: LoopAxis = { length: inner.length / part, strides: inner.strides.map((stride) => stride * part) };
      return [...axes.slice(0, -1), outer, { length: part, strides: inner.strides }];
    }
  }
  return [...axes];
}

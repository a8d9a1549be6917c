import type { Node } from '../../graph/graph.js';

/** The shape of a node with leading axes of length 1 up to a rank, as broadcasting sees it. */
export const alignedShape = ({ shape }: Node, rank: number): number[] => [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];

/** Whether a node that broadcasts against a tensor of some rank is the same all along some axes of it. */
export function isConstantAlong(node: Node, rank: number, axes: readonly number[]): boolean {
  const shape = alignedShape(node, rank);
  return shape.length === rank && axes.every((axis) => shape[axis] === 1);
}

/** What is below reshapes. */
export function throughReshapes(node: Node): Node {
  let inner = node;
  while (inner.op === 'reshape') inner = inner.inputs[0]!;
  return inner;
}

/** A reduction of a tensor along axes, as it broadcasts against that tensor. */
export interface Reduced {
  readonly x: Node;
  readonly axes: readonly number[];
}

/**
 * What `node` reduces by an operation, through reshapes, if it broadcasts against the operand with the reduced axes in their
 * own places.
 */
export function reducedBy(node: Node, op: 'reduceSum' | 'reduceMean' | 'reduceMax'): Reduced | undefined {
  const inner = throughReshapes(node);
  if (inner.op !== op) return undefined;
  const [x] = inner.inputs;
  const { axes } = inner.attributes;
  const kept = x!.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  const shape = alignedShape(node, x!.shape.length);
  return shape.length === kept.length && shape.every((length, i) => length === kept[i]) ? { x: x!, axes } : undefined;
}

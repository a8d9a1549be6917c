import { node as build } from '../graph/build.js';
import { sameShape } from '../graph/dimensions.js';
import type { Node, NodeOf } from '../graph/graph.js';
import type { Shape } from '../tensors.js';

/** `permutation[i]` is the axis of the operand that becomes axis i of the result. */
export type Permutation = readonly number[];

export const inverse = (permutation: Permutation): number[] => permutation.map((_, i) => permutation.indexOf(i));

export const isIdentity = (permutation: Permutation): boolean => permutation.every((axis, i) => axis === i);

/** The list read in the order of a permutation: shapes, pads and bounds of a transposed tensor. */
export const permuted = <T>(list: readonly T[], permutation: Permutation): T[] => permutation.map((axis) => list[axis]!);

/** Whether a transpose moves axes of length 1 only, so that memory order stays. */
export function keepsOrder(shape: Shape, permutation: Permutation): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/**
 * transpose(x): merged with a transpose below, moved below a broadcast (where x is smaller), or a reshape when only
 * axes of length 1 move.
 */
export function transposed(x: Node, permutation: Permutation, site: string | undefined): Node {
  if (isIdentity(permutation)) return x;
  if (keepsOrder(x.shape, permutation)) return reshaped(x, permuted(x.shape, permutation), site);
  if (x.op === 'transpose') return transposed(x.inputs[0]!, permuted(x.attributes.permutation, permutation), site);
  if (x.op === 'broadcastTo') {
    const shape = permuted(x.shape, permutation);
    return build('broadcastTo', [transposed(withRank(x.inputs[0]!, x.shape.length, site), permutation, site)], { shape }, site);
  }
  return build('transpose', [x], { permutation }, site);
}

/** reshape(x), merged with a reshape below. */
export function reshaped(x: Node, shape: Shape, site: string | undefined): Node {
  if (sameShape(x.shape, shape)) return x;
  return x.op === 'reshape' ? reshaped(x.inputs[0]!, shape, site) : build('reshape', [x], { shape }, site);
}

/** `x` with leading axes of length 1 up to a rank, as broadcasting sees it. */
export const withRank = (x: Node, rank: number, site = x.site): Node =>
  reshaped(x, [...Array<number>(Math.max(0, rank - x.shape.length)).fill(1), ...x.shape], site);

export const isTranspose = (node: Node): node is NodeOf<'transpose'> => node.op === 'transpose';

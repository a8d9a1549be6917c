import { node as build } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import { inverse, permuted, reshaped, transposed } from '../passes/transpose-algebra.js';

/** For each axis the length of its inner part, where the axis is cut in two (outer, inner). */
export type Cuts = readonly (number | undefined)[];

/** Positions of the cut axes: axis i of the operand becomes the axes `places[i]`. */
function cutPlaces(cuts: Cuts): number[][] {
  let next = 0;
  return cuts.map((inner) => (inner === undefined ? [next++] : [next++, next++]));
}

/**
 * `x` with some axes cut in two and all parts permuted: [O,I] with cuts [b,undefined] and order [0,2,1] is [O/b,I,b]. One reshape and
 * one transpose; a transpose that gives `x` is made part of the latter.
 */
export function rearranged(x: Node, cuts: Cuts, order: readonly number[]): Node {
  if (x.op === 'transpose') {
    const { permutation } = x.attributes;
    const below = permuted(cuts, inverse(permutation));
    const places = cutPlaces(below);
    const parts = permutation.flatMap((axis) => places[axis]!);
    return rearranged(x.inputs[0]!, below, order.map((part) => parts[part]!));
  }
  const fine = x.shape.flatMap((length, i) => (cuts[i] === undefined ? [length] : [length / cuts[i], cuts[i]]));
  return transposed(reshaped(x, fine, x.site), order, x.site);
}

/** Bounds of a slice along one axis, `end` as in the primitive. */
export interface AxisSlice { readonly axis: number; readonly begin: number; readonly end: number; readonly stride: number }

/** `x` cut along some axes; a transpose that gives `x` is moved behind the cut. */
export function sliced(x: Node, given: readonly AxisSlice[]): Node {
  const parts = given.filter(({ axis, begin, end, stride }) => x.shape[axis] !== 1 && !(begin === 0 && end === x.shape[axis] && stride === 1));
  if (parts.length === 0) return x;
  if (x.op === 'transpose') {
    const { permutation } = x.attributes;
    return transposed(sliced(x.inputs[0]!, parts.map((part) => ({ ...part, axis: permutation[part.axis]! }))), permutation, x.site);
  }
  const pick = (value: (part: AxisSlice) => number, whole: (length: number) => number): number[] => x.shape.map((length, axis) => {
    const part = parts.find((each) => each.axis === axis);
    return part ? value(part) : whole(length);
  });
  return build('slice', [x], {
    begin: pick(({ begin }) => begin, () => 0), end: pick(({ end }) => end, (length) => length), strides: pick(({ stride }) => stride, () => 1),
  }, x.site);
}

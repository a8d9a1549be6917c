import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../signature.js';
import type { Node } from '../../graph/graph.js';
import type { Shape } from '../../tensors.js';
import { axesOf, type KernelCall, type KernelRule, type KernelRules } from '../kernel-rule.js';

/** The part [begin, end) of `x` in steps of `strides`; `x` itself when that is all. */
function slice(call: KernelCall, x: Node, begin: readonly number[], end: readonly number[], strides: readonly number[]): Node {
  const whole = x.shape.every((length, i) => begin[i] === 0 && end[i] === length && strides[i] === 1);
  return whole ? x : call.emit('slice', [x], { begin, end, strides });
}

/** Positions start ... stop - 1 along one axis, everything along the others. */
function along(call: KernelCall, x: Node, axis: number, start: number, stop: number): Node {
  const pick = (value: number, others: (length: number) => number): number[] => x.shape.map((length, i) => (i === axis ? value : others(length)));
  return slice(call, x, pick(start, () => 0), pick(stop, (length) => length), x.shape.map(() => 1));
}

const inserted = (shape: Shape, axis: number): number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];

function concat(call: KernelCall, parts: readonly Node[], axis: number): Node {
  const full = parts.filter((part) => sizeOf(part.shape) > 0);
  const kept = full.length > 0 ? full : parts.slice(0, 1);
  return kept.length === 1 ? kept[0]! : call.emit('concat', kept, { axis });
}

const tile: KernelRule = (call) => {
  const x = call.operand('x');
  const repeats = call.attributes.reps as number[];
  if (repeats.every((count) => count === 1)) return x;
  const shape = x.shape.map((length, i) => length * repeats[i]!);
  const broadcast = x.shape.every((length, i) => length === 1 || repeats[i] === 1);
  return broadcast ? call.emit('broadcastTo', [x], { shape }) : call.emit('tile', [x], { repeats });
};

const splitV: KernelRule = (call) => {
  const x = call.operand('x');
  const axis = axesOf(call.attributes.axis, x.shape.length)[0]!;
  const { numOrSizeSplits } = call.attributes;
  const sizes = tf.backend_util.prepareSplitSize({ shape: [...x.shape] } as tf.Tensor, numOrSizeSplits as number | number[], axis);
  let start = 0;
  return sizes.map((size) => along(call, x, axis, start, (start += size)));
};

const unpack: KernelRule = (call) => {
  const x = call.operand('value');
  const axis = axesOf(call.attributes.axis, x.shape.length)[0]!;
  const shape = x.shape.filter((_, i) => i !== axis);
  return Array.from({ length: x.shape[axis]! }, (_, i) => call.reshape(along(call, x, axis, i, i + 1), shape));
};

const stridedSlice: KernelRule = (call) => {
  const x = call.operand('x');
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = call.attributes;
  const info = tf.slice_util.sliceInfo(
    [...x.shape], begin as number[], end as number[], strides as number[], beginMask as number, endMask as number,
    ellipsisMask as number, newAxisMask as number, shrinkAxisMask as number,
  );
  return call.reshape(slice(call, x, info.begin, info.end, info.strides), info.finalShape);
};

export const shapeKernels: KernelRules = {
  Reshape: (call) => {
    const x = call.operand('x');
    return call.reshape(x, tf.util.inferFromImplicitShape(call.attributes.shape as number[], sizeOf(x.shape)));
  },
  ExpandDims: (call) => {
    const x = call.operand('input');
    const dim = call.attributes.dim as number;
    return call.reshape(x, inserted(x.shape, dim < 0 ? dim + x.shape.length + 1 : dim));
  },
  Transpose: (call) => call.transpose(call.operand('x'), call.attributes.perm as number[]),
  BroadcastTo: (call) => call.emit('broadcastTo', [call.operand('x')], { shape: call.attributes.shape as number[] }),
  Tile: tile,
  Concat: (call) => {
    const parts = call.list();
    return concat(call, parts, axesOf(call.attributes.axis, parts[0]!.shape.length)[0]!);
  },
  Pack: (call) => {
    const parts = call.list();
    const axis = axesOf(call.attributes.axis, parts[0]!.shape.length + 1)[0]!;
    return concat(call, parts.map((part) => call.reshape(part, inserted(part.shape, axis))), axis);
  },
  Unpack: unpack,
  SplitV: splitV,
  Slice: (call) => {
    const x = call.operand('x');
    const { begin, size } = call.attributes;
    const [starts, sizes] = tf.slice_util.parseSliceParams({ shape: [...x.shape], rank: x.shape.length } as tf.Tensor, begin as number[], size as number[]);
    return slice(call, x, starts!, starts!.map((start, i) => start + sizes![i]!), starts!.map(() => 1));
  },
  StridedSlice: stridedSlice,
  PadV2: (call) => {
    const x = call.operand('x');
    const paddings = call.attributes.paddings as unknown as [number, number][];
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    const value = call.attributes.constantValue as number;
    return call.emit('pad', [x], { before: paddings.map(([before]) => before), after: paddings.map(([, after]) => after), value });
  },
  Reverse: (call) => {
    const x = call.operand('x');
    const axes = axesOf(call.attributes.dims, x.shape.length);
    return axes.length === 0 ? x : call.emit('reverse', [x], { axes });
  },
};

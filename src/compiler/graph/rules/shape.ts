import type { Shape, TensorSpec } from '../../tensors.js';
import { addLengths, broadcastShapes, expect, expectAxis, expectFixed, expectRank, sameShape, sameSize } from '../dimensions.js';
import { expectDType, expectInputs, expectSameDType, type ShapeRules } from './rule.js';

const show = (shape: Shape): string => `[${shape.join(',')}]`;

function only(inputs: readonly TensorSpec[]): TensorSpec {
  expectInputs(inputs, 1);
  return inputs[0]!;
}

/** Elements of begin, begin + stride, ... before end; a negative stride walks down to just above `end`. */
function slicedLength(length: number, begin: number, end: number, stride: number): number {
  if (length < 0) {
    expect(begin === 0 && end === length && stride === 1, () => `a part ${begin}:${end}:${stride} of the batch dimension`);
    return length;
  }
  const inside = stride > 0 ? begin >= 0 && end <= length : begin < length && end >= -1;
  expect(stride !== 0 && inside, () => `slice ${begin}:${end}:${stride} is outside a length of ${length}`);
  return Math.max(0, Math.ceil((end - begin) / stride));
}

function largest(inputs: readonly TensorSpec[], k: number): TensorSpec {
  const x = only(inputs);
  expectDType(x, 'float32', 'int32');
  expectAxis(x.shape.length - 1, x.shape);
  const length = expectFixed(x.shape.at(-1)!, 'the last axis');
  expect(k >= 0 && k <= length, () => `the ${k} largest of ${length}`);
  return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), k] };
}

type Rearranging =
  | 'reshape' | 'transpose' | 'broadcastTo' | 'concat' | 'slice' | 'pad' | 'reverse' | 'tile' | 'gather' | 'segmentSum' | 'replaceRows'
  | 'topK' | 'topKIndices' | 'oneHot';

export const shapeChangingRules: ShapeRules<Rearranging> = {
  reshape: (inputs, { shape }) => {
    const x = only(inputs);
    expect(sameSize(x.shape, shape), () => `${show(x.shape)} does not have as many elements as ${show(shape)}`);
    return { dtype: x.dtype, shape };
  },
  transpose: (inputs, { permutation }) => {
    const { dtype, shape } = only(inputs);
    const sorted = [...permutation].sort((a, b) => a - b);
    expect(sameShape(sorted, shape.map((_, i) => i)), () => `${show(permutation)} does not permute ${show(shape)}`);
    return { dtype, shape: permutation.map((axis) => shape[axis]!) };
  },
  broadcastTo: (inputs, { shape }) => {
    const x = only(inputs);
    expect(sameShape(broadcastShapes(x.shape, shape), shape), () => `${show(x.shape)} does not broadcast to ${show(shape)}`);
    return { dtype: x.dtype, shape };
  },
  concat: (inputs, { axis }) => {
    expect(inputs.length > 0, () => 'nothing to join');
    expectSameDType(inputs);
    const { dtype, shape } = inputs[0]!;
    expectAxis(axis, shape);
    const rest = (spec: TensorSpec): number[] => spec.shape.filter((_, i) => i !== axis);
    expect(inputs.every((spec) => sameShape(rest(spec), rest(inputs[0]!))), () => `${inputs.map((i) => show(i.shape)).join(', ')} along ${axis}`);
    return { dtype, shape: shape.map((length, i) => (i === axis ? addLengths(inputs.map((spec) => spec.shape[axis]!)) : length)) };
  },
  slice: (inputs, { begin, end, strides }) => {
    const { dtype, shape } = only(inputs);
    for (const list of [begin, end, strides]) expectRank(list, shape.length, 'a bound');
    return { dtype, shape: shape.map((length, i) => slicedLength(length, begin[i]!, end[i]!, strides[i]!)) };
  },
  pad: (inputs, { before, after }) => {
    const { dtype, shape } = only(inputs);
    expectRank(before, shape.length, 'before');
    expectRank(after, shape.length, 'after');
    expect([...before, ...after].every((count) => count >= 0), () => 'negative padding');
    return {
      dtype,
      shape: shape.map((length, i) => (before[i]! + after[i]! === 0 ? length : expectFixed(length, 'a padded axis') + before[i]! + after[i]!)),
    };
  },
  reverse: (inputs, { axes }) => {
    const x = only(inputs);
    for (const axis of axes) expectAxis(axis, x.shape);
    return x;
  },
  tile: (inputs, { repeats }) => {
    const { dtype, shape } = only(inputs);
    expectRank(repeats, shape.length, 'repeats');
    return { dtype, shape: shape.map((length, i) => length * expectFixed(repeats[i]!, 'a repeat count')) };
  },
  gather: (inputs, { axis }) => {
    expectInputs(inputs, 2);
    expectDType(inputs[1]!, 'int32');
    const { dtype, shape } = inputs[0]!;
    expectAxis(axis, shape);
    return { dtype, shape: [...shape.slice(0, axis), ...inputs[1]!.shape, ...shape.slice(axis + 1)] };
  },
  segmentSum: (inputs, { size }) => {
    expectInputs(inputs, 2);
    const [updates, indices] = inputs as [TensorSpec, TensorSpec];
    expectDType(updates, 'float32', 'int32');
    expectDType(indices, 'int32');
    expectRank(indices.shape, 1, 'indices');
    expect(updates.shape[0] === indices.shape[0], () => `${show(updates.shape)} rows for ${show(indices.shape)} indices`);
    return { dtype: updates.dtype, shape: [size, ...updates.shape.slice(1)] };
  },
  replaceRows: (inputs) => {
    expectInputs(inputs, 3);
    const [x, indices, updates] = inputs as [TensorSpec, TensorSpec, TensorSpec];
    expectDType(indices, 'int32');
    expectRank(indices.shape, 1, 'indices');
    expectSameDType([x, updates]);
    const fits = updates.shape[0] === indices.shape[0] && sameShape(updates.shape.slice(1), x.shape.slice(1));
    expect(fits, () => `${show(updates.shape)} does not replace ${show(indices.shape)} rows of ${show(x.shape)}`);
    return x;
  },
  topK: (inputs, { k }) => largest(inputs, k),
  topKIndices: (inputs, { k }) => ({ dtype: 'int32', shape: largest(inputs, k).shape }),
  oneHot: (inputs, { depth }) => {
    const indices = only(inputs);
    expectDType(indices, 'int32');
    return { dtype: 'float32', shape: [...indices.shape, expectFixed(depth, 'depth')] };
  },
};

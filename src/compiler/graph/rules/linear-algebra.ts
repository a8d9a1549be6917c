import type { Shape, TensorSpec } from '../../tensors.js';
import { broadcastShapes, expect, expectFixed, expectRank, sameShape } from '../dimensions.js';
import type { Convolution, Pooling } from '../primitives.js';
import { expectDType, expectInputs, type ShapeRules } from './rule.js';

const show = (shape: Shape): string => `[${shape.join(',')}]`;

function expectFloats(inputs: readonly TensorSpec[], count: number): Shape[] {
  expectInputs(inputs, count);
  for (const spec of inputs) expectDType(spec, 'float32');
  return inputs.map((spec) => spec.shape);
}

const float = (shape: Shape): TensorSpec => ({ dtype: 'float32', shape });

/** Positions of a window of extent (window - 1) dilation + 1 on a padded line. */
function positions(length: number, window: number, stride: number, before: number, after: number, dilation: number): number {
  expectFixed(length, 'an image side');
  const count = Math.floor((length + before + after - (window - 1) * dilation - 1) / stride) + 1;
  expect(count >= 0, () => `a window of ${window} does not fit into ${length} + ${before} + ${after}`);
  return count;
}

function convolvedShape(x: Shape, filter: Shape, { strides, pads, dilations, groups }: Convolution): number[] {
  expectRank(x, 4, 'the image');
  expectRank(filter, 4, 'the filter');
  expect(x[1] === filter[1]! * groups && filter[0]! % groups === 0, () => `filter ${show(filter)} in ${groups} groups does not fit ${show(x)}`);
  return [
    x[0]!, filter[0]!,
    positions(x[2]!, filter[2]!, strides[0], pads[0], pads[2], dilations[0]),
    positions(x[3]!, filter[3]!, strides[1], pads[1], pads[3], dilations[1]),
  ];
}

function pooledShape(x: Shape, { window, strides, pads }: Pooling): number[] {
  expectRank(x, 4, 'the image');
  return [
    x[0]!, x[1]!,
    positions(x[2]!, window[0], strides[0], pads[0], pads[2], 1),
    positions(x[3]!, window[1], strides[1], pads[1], pads[3], 1),
  ];
}

function expectShape(given: Shape, needed: Shape, what: string): void {
  expect(sameShape(given, needed), () => `${what} is ${show(given)} instead of ${show(needed)}`);
}

type LinearAlgebra =
  | 'matmul' | 'toBlocked' | 'fromBlocked' | 'blockedConv' | 'conv' | 'convInputGradient' | 'convFilterGradient'
  | 'maxPool' | 'avgPool' | 'maxPoolGradient' | 'maxPoolIndices' | 'avgPoolGradient';

export const linearAlgebraRules: ShapeRules<LinearAlgebra> = {
  matmul: (inputs, { transposeA, transposeB }) => {
    const [a, b] = expectFloats(inputs, 2) as [Shape, Shape];
    expect(a.length >= 2 && b.length >= 2, () => `matmul of ${show(a)} and ${show(b)}`);
    const [rows, inner] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
    const [innerB, columns] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
    expect(inner === innerB, () => `inner lengths of ${show(a)} and ${show(b)} differ`);
    return float([...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), rows, columns]);
  },
  conv: (inputs, attributes) => {
    const [x, filter] = expectFloats(inputs, 2);
    return float(convolvedShape(x!, filter!, attributes));
  },
  toBlocked: (inputs, { block }) => {
    const [x] = expectFloats(inputs, 1) as [Shape];
    expectRank(x, 4, 'the image');
    expect(x[1]! > 0 && x[1]! % block === 0, () => `${show(x)} has no whole blocks of ${block} channels`);
    return float([x[0]!, x[1]! / block, x[2]!, x[3]!, block]);
  },
  fromBlocked: (inputs) => {
    const [x] = expectFloats(inputs, 1) as [Shape];
    expectRank(x, 5, 'the blocked image');
    return float([x[0]!, x[1]! * x[4]!, x[2]!, x[3]!]);
  },
  blockedConv: (inputs, attributes) => {
    const [x, filter] = expectFloats(inputs, 2) as [Shape, Shape];
    const block = filter.at(-1)!;
    expectRank(filter, x.length === 5 ? 6 : 5, 'the blocked filter');
    expect(x.length === 4 ? x[1]! < block : x[4] === block && filter[4] === block, () => `blocks of ${show(filter)} do not fit ${show(x)}`);
    const channels = x.length === 5 ? x[1]! * block : x[1]!;
    const plain = [filter[0]! * block, x.length === 5 ? filter[1]! * block : filter[1]!, filter[2]!, filter[3]!];
    const [n, o, h, w] = convolvedShape([x[0]!, channels, x[2]!, x[3]!], plain, attributes) as [number, number, number, number];
    return float([n, o / block, h, w, block]);
  },
  convInputGradient: (inputs, attributes) => {
    const [dy, filter] = expectFloats(inputs, 2);
    expectShape(dy!, convolvedShape(attributes.inputShape, filter!, attributes), 'dy');
    return float(attributes.inputShape);
  },
  convFilterGradient: (inputs, attributes) => {
    const [x, dy] = expectFloats(inputs, 2);
    expectShape(dy!, convolvedShape(x!, attributes.filterShape, attributes), 'dy');
    return float(attributes.filterShape);
  },
  maxPool: (inputs, attributes) => float(pooledShape(expectFloats(inputs, 1)[0]!, attributes)),
  avgPool: (inputs, attributes) => float(pooledShape(expectFloats(inputs, 1)[0]!, attributes)),
  maxPoolGradient: (inputs, attributes) => {
    const [x, y, dy] = expectFloats(inputs, 3);
    expectShape(y!, pooledShape(x!, attributes), 'y');
    expectShape(dy!, y!, 'dy');
    return float(x!);
  },
  maxPoolIndices: (inputs, attributes) => ({ dtype: 'int32', shape: pooledShape(expectFloats(inputs, 1)[0]!, attributes) }),
  avgPoolGradient: (inputs, attributes) => {
    expectShape(expectFloats(inputs, 1)[0]!, pooledShape(attributes.inputShape, attributes), 'dy');
    return float(attributes.inputShape);
  },
};

import type { DType, Shape, TensorSpec } from '../../tensors.js';
import { expect, expectAxis } from '../dimensions.js';
import type { Reduction } from '../primitives.js';
import { expectDType, expectInputs, type ShapeRules } from './rule.js';

function reducedShape(shape: Shape, { axes, keepDims }: Reduction): number[] {
  for (const axis of axes) expectAxis(axis, shape);
  expect(new Set(axes).size === axes.length, () => `axes ${axes.join(',')} repeat`);
  return shape.flatMap((length, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [length]));
}

const reduction = (...accepted: readonly DType[]) => (inputs: readonly TensorSpec[], attributes: Reduction): TensorSpec => {
  expectInputs(inputs, 1);
  expectDType(inputs[0]!, ...accepted);
  return { dtype: inputs[0]!.dtype, shape: reducedShape(inputs[0]!.shape, attributes) };
};
const onNumber = reduction('float32', 'int32');

const extremumIndex = (inputs: readonly TensorSpec[], { axis }: { axis: number }): TensorSpec =>
  ({ dtype: 'int32', shape: onNumber(inputs, { axes: [axis], keepDims: false }).shape });

const alongAxis = (...accepted: readonly DType[]) => (inputs: readonly TensorSpec[], { axis }: { axis: number }): TensorSpec => {
  expectInputs(inputs, 1);
  expectDType(inputs[0]!, ...accepted);
  expectAxis(axis, inputs[0]!.shape);
  return inputs[0]!;
};

type Reducing =
  | 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'argMax' | 'argMin' | 'softmax' | 'logSoftmax' | 'cumsum';

export const reductionRules: ShapeRules<Reducing> = {
  reduceSum: onNumber, reduceMax: onNumber, reduceMin: onNumber, reduceProd: onNumber,
  reduceMean: reduction('float32'),
  argMax: extremumIndex, argMin: extremumIndex,
  softmax: alongAxis('float32'), logSoftmax: alongAxis('float32'),
  cumsum: alongAxis('float32', 'int32'),
};

import type { DType, TensorSpec } from '../../tensors.js';
import type { Primitive, PrimitiveAttributes } from '../primitives.js';
import { expect } from '../dimensions.js';

export type Leaf = 'input' | 'state' | 'constant';
export type Operation = Exclude<Primitive, Leaf>;

/** Derives dtype and shape of a result from those of its operands, or throws a `ShapeError`. */
export type ShapeRule<P extends Operation> = (inputs: readonly TensorSpec[], attributes: PrimitiveAttributes[P]) => TensorSpec;

export type ShapeRules<P extends Operation> = { readonly [K in P]: ShapeRule<K> };

export function expectInputs(inputs: readonly TensorSpec[], count: number): void {
  expect(inputs.length === count, () => `${inputs.length} operands instead of ${count}`);
}

export function expectDType(spec: TensorSpec, ...accepted: readonly DType[]): void {
  expect(accepted.includes(spec.dtype), () => `operand is ${spec.dtype} instead of ${accepted.join(' or ')}`);
}

export function expectSameDType(inputs: readonly TensorSpec[]): void {
  expect(inputs.every((spec) => spec.dtype === inputs[0]!.dtype), () => `operands are ${inputs.map((spec) => spec.dtype).join(', ')}`);
}

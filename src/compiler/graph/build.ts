import { describeSpec, sizeOf } from '../signature.js';
import type { DType, Shape, TensorSpec } from '../tensors.js';
import { ShapeError } from './dimensions.js';
import type { Node, NodeOf } from './graph.js';
import type { PrimitiveAttributes } from './primitives.js';
import { controlRules } from './rules/control.js';
import { elementwiseRules } from './rules/elementwise.js';
import { linearAlgebraRules } from './rules/linear-algebra.js';
import { reductionRules } from './rules/reductions.js';
import type { Operation, ShapeRule, ShapeRules } from './rules/rule.js';
import { shapeChangingRules } from './rules/shape.js';

/** One rule for each operation; an operation without one does not compile. */
export const shapeRules: ShapeRules<Operation> = { ...elementwiseRules, ...reductionRules, ...linearAlgebraRules, ...shapeChangingRules, ...controlRules };

/** Dtype and shape of an operation's result. @throws ShapeError naming operation, operands and site. */
export function deriveSpec<P extends Operation>(op: P, inputs: readonly TensorSpec[], attributes: PrimitiveAttributes[P], site?: string): TensorSpec {
  try {
    return (shapeRules[op] as ShapeRule<P>)(inputs, attributes);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(`${op}(${inputs.map(describeSpec).join(', ')}): ${error.message}${site ? `, at ${site}` : ''}`);
  }
}

/** A new node; dtype and shape follow from the operands. @throws ShapeError */
export function node<P extends Operation>(op: P, inputs: readonly Node[], attributes: PrimitiveAttributes[P], site?: string): NodeOf<P> {
  const { dtype, shape } = deriveSpec(op, inputs, attributes, site);
  return { op, attributes, inputs, dtype, shape, ...(site === undefined ? {} : { site }) };
}

export const inputLeaf = (name: string, spec: TensorSpec): NodeOf<'input'> =>
  ({ op: 'input', attributes: { name }, inputs: [], dtype: spec.dtype, shape: spec.shape });

export const stateLeaf = (name: string, spec: TensorSpec): NodeOf<'state'> =>
  ({ op: 'state', attributes: { name }, inputs: [], dtype: spec.dtype, shape: spec.shape });

export type ConstantValue = PrimitiveAttributes['constant']['value'];

export const arrayOf = (dtype: DType): Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor =>
  ({ float32: Float32Array, int32: Int32Array, bool: Uint8Array })[dtype];

export function constant(value: ConstantValue, shape: Shape, dtype: DType, site?: string): NodeOf<'constant'> {
  if (value.length !== sizeOf(shape)) throw new ShapeError(`constant: ${value.length} values for shape [${shape.join(',')}]`);
  return { op: 'constant', attributes: { value }, inputs: [], dtype, shape, ...(site === undefined ? {} : { site }) };
}

export const scalar = (value: number, dtype: DType = 'float32', site?: string): NodeOf<'constant'> =>
  constant(arrayOf(dtype).of(value), [], dtype, site);

/** A tensor full of one value: a broadcast scalar, so that it costs no memory and may depend on the batch. */
export function filled(value: number, shape: Shape, dtype: DType = 'float32', site?: string): Node {
  const single = scalar(value, dtype, site);
  return shape.length === 0 ? single : node('broadcastTo', [single], { shape }, site);
}

export const isLeaf = (of: Node): of is NodeOf<'input'> | NodeOf<'state'> | NodeOf<'constant'> =>
  of.op === 'input' || of.op === 'state' || of.op === 'constant';

/** `original` with other operands; the same object when nothing changed. @throws ShapeError */
export function rebuild(original: Node, inputs: readonly Node[]): Node {
  if (isLeaf(original) || inputs.every((operand, i) => operand === original.inputs[i])) return original;
  return node(original.op, inputs, original.attributes, original.site) as Node;
}

import { tensorMismatch, tensorMissing, tensorUnknown } from '../../errors/compiler.errors.js';
import { expressionDimension } from '../../errors/expressions.errors.js';
import { describeSpec, sizeOf } from '../../compiler/signature.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import { showType, type TensorType } from '../types/tensor-type.js';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function fits(tensor: HostTensor, { dtype, shape }: TensorType): boolean {
  return tensor.dtype === dtype && tensor.data instanceof arrays[dtype] && tensor.data.length === sizeOf(tensor.shape) &&
    tensor.shape.length === shape.length && shape.every(({ value }, i) => value === undefined ? tensor.shape[i]! >= 1 : value === tensor.shape[i]);
}

/** Name of the programs of expressions in messages. */
export const PROGRAM_NAME = 'expression';

/**
 * Checks the inputs of a call: every name, dtype, rank and fixed length, and one length for each unknown dimension.
 * @throws tensor-missing, tensor-unknown, tensor-mismatch, expression-dimension
 */
export function bindDimensions(module: ExpressionModule, inputs: NamedHostTensors): Binding {
  for (const name of Object.keys(inputs)) if (!module.inputs.has(name)) throw tensorUnknown(PROGRAM_NAME, 'input', name, [...module.inputs.keys()]);
  for (const [name, type] of module.inputs) {
    if (!Object.hasOwn(inputs, name)) throw tensorMissing(PROGRAM_NAME, 'input', name);
    if (!fits(inputs[name]!, type)) throw tensorMismatch(PROGRAM_NAME, 'input', name, `${describeSpec(inputs[name]!)} with ${inputs[name]!.data.length} values`, showType(type));
  }
  const binding = Object.fromEntries(Array.from(module.dimensions, ([name, { input, axis }]) => [name, inputs[input]!.shape[axis]!]));
  for (const [name, type] of module.inputs) {
    const wrong = type.shape.findIndex((length, axis) => length.evaluate(binding) !== inputs[name]!.shape[axis]);
    if (wrong < 0) continue;
    const dimension = type.shape[wrong]!.key;
    const { input } = module.dimensions.get(dimension)!;
    throw expressionDimension(`The dimension ${dimension} is ${binding[dimension]} in '${input}' and ${inputs[name]!.shape[wrong]} in '${name}'; one length is accepted.`);
  }
  return binding;
}

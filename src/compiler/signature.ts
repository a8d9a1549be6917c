import { tensorMismatch, tensorMissing, tensorUnknown } from '../errors/compiler.errors.js';
import type { HostTensor, NamedHostTensors, NamedSpecs, Shape, TensorSpec } from './tensors.js';

/** `float32[-1,28,28,1]` */
export const describeSpec = (spec: { dtype: string; shape: Shape }): string => `${spec.dtype}[${spec.shape.join(',')}]`;

/** Number of elements of a static shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, length) => size * length, 1);

/** The static shape that `shape` has for one batch size. */
export const atBatch = (shape: Shape, batch: number): number[] => shape.map((length) => (length < 0 ? -length * batch : length));

export const isDynamic = (shape: Shape): boolean => shape.some((length) => length < 0);

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** What is wrong with `tensor` for a given batch size, or nothing. */
function fits(tensor: HostTensor, spec: TensorSpec, batch: number | undefined): boolean {
  return (
    tensor.dtype === spec.dtype &&
    tensor.data instanceof ARRAYS[spec.dtype] &&
    tensor.shape.length === spec.shape.length &&
    tensor.shape.every((length, i) => length === (spec.shape[i]! < 0 ? -spec.shape[i]! * batch! : spec.shape[i])) &&
    tensor.data.length === sizeOf(tensor.shape)
  );
}

/** The batch size that the first dynamic dimension implies, or nothing when all shapes are static. */
function impliedBatch(specs: NamedSpecs, tensors: NamedHostTensors): number | undefined {
  for (const [name, spec] of Object.entries(specs)) {
    const axis = spec.shape.findIndex((length) => length < 0);
    const length = tensors[name]?.shape[axis];
    if (axis >= 0 && length !== undefined) return length / -spec.shape[axis]!;
  }
  return undefined;
}

/**
 * Checks host tensors against a program's specs: every name, dtype, shape and length, and one batch size for all.
 * @param role `input` or `state`, for the message.
 * @returns the batch size of the call, if any shape is dynamic.
 * @throws tensor-missing, tensor-unknown, tensor-mismatch
 */
export function checkTensors(program: string, role: 'input' | 'state', specs: NamedSpecs, tensors: NamedHostTensors): number | undefined {
  for (const name of Object.keys(tensors)) {
    if (!(name in specs)) throw tensorUnknown(program, role, name, Object.keys(specs));
  }
  const batch = impliedBatch(specs, tensors);
  for (const [name, spec] of Object.entries(specs)) {
    const tensor = tensors[name];
    if (tensor === undefined) throw tensorMissing(program, role, name);
    if (!fits(tensor, spec, batch) || (batch !== undefined && !Number.isInteger(batch))) {
      const given = `${describeSpec(tensor)} with ${tensor.data.length} values`;
      const note = isDynamic(spec.shape) ? ` (-k is k times the batch size, here ${batch})` : '';
      throw tensorMismatch(program, role, name, given, describeSpec(spec) + note);
    }
  }
  return batch;
}

export const copyTensor = (tensor: HostTensor): HostTensor => ({
  dtype: tensor.dtype, shape: [...tensor.shape], data: tensor.data.slice(),
});

import type { HostTensor } from '../../compiler/tensors.js';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import { TOO_MANY_INSTANCES, WRONG_INPUT_SHAPE } from '../../errors/inference.errors.js';

const notNumber = (pointer: string) => INVALID_REQUEST('body', [{ pointer, detail: 'finite numbers within the range of float32' }]);

/** What a value is, in words, for an error text: its shape as far as its first elements tell. */
function describeShape(value: unknown): string {
  const lengths: number[] = [];
  let at = value;
  while (Array.isArray(at) && lengths.length < 8) {
    lengths.push(at.length);
    at = at[0];
  }
  return lengths.length === 0 ? `a ${value === null ? 'null' : typeof value}` : `of shape [${lengths.join(', ')}]`;
}

/** Writes the numbers of a nested array to `into` from `offset`; @returns whether it has exactly the shape. */
function copyNested(value: unknown, shape: readonly number[], depth: number, into: Float32Array, offset: number): boolean {
  if (!Array.isArray(value) || value.length !== shape[depth]) return false;
  const stride = shape.slice(depth + 1).reduce((a, b) => a * b, 1);
  if (depth < shape.length - 1) return value.every((child, i) => copyNested(child, shape, depth + 1, into, offset + i * stride));
  for (let i = 0; i < value.length; i++) {
    if (typeof value[i] !== 'number') return false;
    into[offset + i] = value[i] as number;
  }
  return true;
}

const instancePointer = (position: number): string => `/instances/${position}`;

/**
 * Examples of a JSON body as one row-major [count, ...shape] array. Each is nested to the given shape or one flat row.
 * @param pointerOf place of an example in the request
 * @throws too-many-instances, wrong-input-shape, invalid-request for numbers that float32 cannot hold
 */
export function readExamples(instances: readonly unknown[], shape: readonly number[], limit: number, setting: string, pointerOf = instancePointer): Float32Array {
  if (instances.length > limit) throw TOO_MANY_INSTANCES(instances.length, limit, setting);
  const width = shape.reduce((a, b) => a * b, 1);
  const examples = new Float32Array(instances.length * width);
  instances.forEach((instance, position) => {
    const fits = copyNested(instance, shape, 0, examples, position * width) || copyNested(instance, [width], 0, examples, position * width);
    if (!fits) throw WRONG_INPUT_SHAPE(position, describeShape(instance), shape, pointerOf(position));
    if (!examples.subarray(position * width, (position + 1) * width).every(Number.isFinite)) throw notNumber(pointerOf(position));
  });
  return examples;
}

/** Numbers nested to a shape or in one flat row; undefined where they have another shape. */
export function readNested(value: unknown, shape: readonly number[]): Float32Array | undefined {
  const width = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(width);
  return copyNested(value, shape, 0, values, 0) || copyNested(value, [width], 0, values, 0) ? values : undefined;
}

/** A row-major [count, ...shape] array as nested arrays. */
export function nestExamples(examples: HostTensor['data'], shape: readonly number[]): unknown[] {
  const width = shape.reduce((a, b) => a * b, 1);
  const nest = (start: number, depth: number): unknown[] => {
    const stride = shape.slice(depth + 1).reduce((a, b) => a * b, 1);
    return Array.from({ length: shape[depth]! }, (_, i) => (depth === shape.length - 1 ? examples[start + i]! : nest(start + i * stride, depth + 1)));
  };
  return Array.from({ length: examples.length / width }, (_, i) => nest(i * width, 0));
}

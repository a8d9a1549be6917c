import { z } from 'zod';
import type { DType, HostTensor } from '../../compiler/tensors.js';
import { expressionTensorInvalid } from '../../errors/expressions.errors.js';

const DTYPES = ['float32', 'int32', 'bool'] as const satisfies readonly DType[];
const MOST_AXES = 6;

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Numbers that JSON does not have, as text. */
const NOT_FINITE: ReadonlyMap<unknown, number> = new Map([['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]]);

const ACCEPTED = {
  float32: 'numbers within the range of float32, or "NaN", "Infinity", "-Infinity"',
  int32: 'whole numbers from -2147483648 to 2147483647',
  bool: 'true, false, 1 or 0',
} as const satisfies Record<DType, string>;

const values = z.array(z.unknown());

export const tensorInput = z
  .union([z.number(), z.boolean(), values, z.strictObject({ dtype: z.enum(DTYPES), shape: z.array(z.int().min(0)).max(MOST_AXES), data: values })])
  .describe('A number, nested lists of numbers, or {dtype, shape, data} with data nested or as one flat row')
  .meta({ id: 'TensorInput' });

export const tensorOutput = z
  .object({
    dtype: z.enum(DTYPES),
    shape: z.array(z.int()),
    data: z.array(z.union([z.number(), z.boolean(), z.enum(['NaN', 'Infinity', '-Infinity'])])).describe('Row by row; numbers that JSON does not have are text'),
  })
  .meta({ id: 'Tensor' });

export type TensorInput = z.infer<typeof tensorInput>;
export type TensorOutput = z.infer<typeof tensorOutput>;

/** Lengths of a nested list, as far as its first elements tell. */
function nestedShape(value: unknown): number[] {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at) && shape.length <= MOST_AXES; at = at[0]) shape.push(at.length);
  return shape;
}

/** One element as it is stored, or nothing. */
function element(value: unknown, dtype: DType): number | undefined {
  switch (dtype) {
    case 'float32': return typeof value === 'number' ? (Number.isFinite(Math.fround(value)) ? value : undefined) : NOT_FINITE.get(value);
    case 'int32': return typeof value === 'number' && Math.trunc(value) === value && Math.abs(value + 0.5) <= 2 ** 31 ? value : undefined;
    case 'bool': return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined;
  }
}

class Reader {
  constructor(private readonly place: string, private readonly dtype: DType, private readonly shape: readonly number[]) {}

  /** Fills `data` from `offset` with the elements of a list nested to `shape`. */
  fill(value: unknown, data: HostTensor['data'], axis = 0, offset = 0): void {
    if (axis === this.shape.length) {
      const found = element(value, this.dtype);
      if (found === undefined) throw expressionTensorInvalid(this.place, `holds ${JSON.stringify(value)?.slice(0, 40)}`, ACCEPTED[this.dtype]);
      data[offset] = found;
      return;
    }
    const shown = `[${this.shape.join(', ')}]`;
    if (!Array.isArray(value) || value.length !== this.shape[axis]) {
      const found = Array.isArray(value) ? `a list of ${value.length}` : 'no list';
      throw expressionTensorInvalid(this.place, `is not regular: ${found} on axis ${axis} of ${shown}`, 'lists of equal lengths');
    }
    const stride = this.shape.slice(axis + 1).reduce((size, length) => size * length, 1);
    for (let i = 0; i < value.length; i++) this.fill(value[i], data, axis + 1, offset + i * stride);
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * A tensor of a request.
 * @param dtype of nested lists, which do not say theirs.
 * @param place JSON pointer of the value, for messages.
 * @throws expression-tensor-invalid
 */
export function readTensor(value: TensorInput, dtype: DType, place: string, elements: number): HostTensor {
  const stated = typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  const data: unknown = stated?.data ?? value;
  const shape = stated?.shape ?? nestedShape(data);
  if (shape.length > MOST_AXES) throw expressionTensorInvalid(place, `has more than ${MOST_AXES} axes`, `up to ${MOST_AXES}`);
  const size = sizeOf(shape);
  if (size > elements) throw expressionTensorInvalid(place, `of shape [${shape.join(', ')}] has ${size} elements`, `up to ${elements} (setting RAMPART_EXPRESSION_ELEMENTS)`);
  if (stated !== undefined && shape.length !== 1 && stated.data.length === size && !Array.isArray(stated.data[0])) {
    const flat = readTensor(stated.data, stated.dtype, place, elements);
    return { ...flat, shape };
  }
  const tensor = { dtype: stated?.dtype ?? dtype, shape, data: new ARRAYS[stated?.dtype ?? dtype](size) };
  new Reader(place, tensor.dtype, shape).fill(shape.length === 0 && stated !== undefined ? stated.data[0] : data, tensor.data);
  return tensor;
}

/** A tensor of an answer. */
export function showTensor({ dtype, shape, data }: HostTensor): TensorOutput {
  const shown = Array.from(data, (value) => (dtype === 'bool' ? value === 1 : Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity')));
  return { dtype, shape: [...shape], data: shown };
}

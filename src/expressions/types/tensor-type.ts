import type { DType } from '../../compiler/tensors.js';
import { Dimension } from './dimension.js';

export type SymbolicShape = readonly Dimension[];

/** What is known of a tensor before any call. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: SymbolicShape;
}

export const ONE = Dimension.fixed(1);

export const scalarType = (dtype: DType): TensorType => ({ dtype, shape: [] });

export const showShape = (shape: SymbolicShape): string => `[${shape.map(String).join(', ')}]`;

/** `float32[n, 784]`; `float32` for one number. */
export const showType = ({ dtype, shape }: TensorType): string => (shape.length === 0 ? dtype : `${dtype}${showShape(shape)}`);

export const sameShape = (a: SymbolicShape, b: SymbolicShape): boolean =>
  a.length === b.length && a.every((length, i) => length.equals(b[i]!));

const isOne = (length: Dimension): boolean => length.value === 1;

/**
 * NumPy broadcasting. Two different unknown dimensions never match: names say which lengths are equal.
 * @returns nothing where the shapes do not fit.
 */
export function broadcastShapes(a: SymbolicShape, b: SymbolicShape): SymbolicShape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dimension[] = [];
  for (let i = 0; i < rank; i++) {
    const [left, right] = [a[a.length - rank + i] ?? ONE, b[b.length - rank + i] ?? ONE];
    if (!left.equals(right) && !isOne(left) && !isOne(right)) return undefined;
    shape.push(isOne(left) ? right : left);
  }
  return shape;
}

/** Whether `shape` is what `a` and `shape` broadcast to. */
export function broadcastsTo(a: SymbolicShape, shape: SymbolicShape): boolean {
  const both = broadcastShapes(a, shape);
  return both !== undefined && sameShape(both, shape);
}

/** Number of elements, as a length. */
export const sizeOf = (shape: SymbolicShape): Dimension => shape.reduce((size, length) => size.times(length), ONE);

/** Fewest elements over all bindings; Infinity rather than an overflow. */
export const leastSize = (shape: SymbolicShape): number => shape.reduce((size, length) => size * length.least, 1);

/** float32 with anything numeric is float32. */
export const promoted = (a: DType, b: DType): DType => (a === b ? a : a === 'float32' || b === 'float32' ? 'float32' : 'int32');

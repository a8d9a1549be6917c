import type { Shape } from '../tensors.js';

/** Thrown by shape rules; `node` adds the operation and its site. */
export class ShapeError extends Error {}

const show = (shape: Shape): string => `[${shape.join(',')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((length, i) => length === b[i]);

/** Number of elements = `factor` x batch^`power`. */
export function sizeWithBatch(shape: Shape): { factor: number; power: number } {
  return { factor: shape.reduce((size, length) => size * Math.abs(length), 1), power: shape.filter((length) => length < 0).length };
}

/** Whether two shapes hold equally many elements at every batch size. */
export function sameSize(a: Shape, b: Shape): boolean {
  const [left, right] = [sizeWithBatch(a), sizeWithBatch(b)];
  return left.factor === right.factor && (left.power === right.power || left.factor === 0);
}

/** NumPy broadcasting; a batch dimension only meets itself or 1. */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  if (shapes.every((shape) => sameShape(shape, shapes[0]!))) return [...shapes[0]!];
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const lengths = shapes.map((shape) => shape[shape.length - rank + i] ?? 1).filter((length) => length !== 1);
    if (lengths.some((length) => length !== lengths[0])) throw new ShapeError(`${shapes.map(show).join(' and ')} do not broadcast`);
    return lengths[0] ?? 1;
  });
}

/** Lengths laid end to end: all fixed, or all multiples of the batch. */
export function addLengths(lengths: readonly number[]): number {
  const dynamic = lengths.some((length) => length < 0);
  if (dynamic && lengths.some((length) => length > 0)) {
    throw new ShapeError(`the sum of the lengths ${show(lengths)} is not a multiple of the batch size`);
  }
  return lengths.reduce((sum, length) => sum + length, 0);
}

export function expect(holds: boolean, message: () => string): void {
  if (!holds) throw new ShapeError(message());
}

export function expectAxis(axis: number, shape: Shape): void {
  expect(Number.isInteger(axis) && axis >= 0 && axis < shape.length, () => `axis ${axis} is outside ${show(shape)}`);
}

export function expectRank(shape: Shape, rank: number, what: string): void {
  expect(shape.length === rank, () => `${what} has shape ${show(shape)} but needs rank ${rank}`);
}

export function expectFixed(length: number, what: string): number {
  expect(length >= 0, () => `${what} depends on the batch size`);
  return length;
}

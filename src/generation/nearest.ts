import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatasetSplit } from '../datasets/dataset.js';

export interface Neighbours {
  /** [N, k] index in the split, nearest first; the lower index among equals. */
  readonly indices: Int32Array;
  /** [N, k] Euclidean distance over all values. */
  readonly distances: Float32Array;
  /** [N, k] class of each neighbour. */
  readonly labels: Int32Array;
}

/** Examples read at once; between blocks other work gets its turn. */
const BLOCK = 512;

/**
 * The k nearest examples of a split to each query, by Euclidean distance: a copy of a training example shows as a distance
 * near 0.
 * @param queries [N, size]
 * @param k at most the number of examples
 */
export async function nearestExamples(queries: Float32Array, size: number, split: DatasetSplit, k: number): Promise<Neighbours> {
  const rows = queries.length / size;
  const indices = new Int32Array(rows * k).fill(-1);
  const squares = new Float64Array(rows * k).fill(Infinity);
  for (let from = 0; from < split.count; from += BLOCK) {
    const { examples, size: count } = split.batch(Array.from({ length: Math.min(BLOCK, split.count - from) }, (_, i) => from + i));
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < count; i++) {
        const worst = squares[row * k + k - 1]!;
        const square = squaredDistance(queries, row * size, examples, i * size, size, worst);
        if (square < worst) insert(indices, squares, row * k, k, from + i, square);
      }
    }
    await nextTurn();
  }
  return { indices, distances: Float32Array.from(squares, Math.sqrt), labels: indices.map((index) => split.labels[index]!) };
}

/** Sum of squared differences; gives up, with what it has, once that exceeds `limit`. */
function squaredDistance(a: Float32Array, atA: number, b: Float32Array, atB: number, size: number, limit: number): number {
  let sum = 0;
  for (let from = 0; from < size && sum <= limit; from += 64) {
    const to = Math.min(from + 64, size);
    for (let i = from; i < to; i++) sum += (a[atA + i]! - b[atB + i]!) ** 2;
  }
  return sum;
}

/** Puts an entry in its place of a sorted list of k that begins at `start`; the last one falls off. */
function insert(indices: Int32Array, squares: Float64Array, start: number, k: number, index: number, square: number): void {
  let at = start + k - 1;
  for (; at > start && squares[at - 1]! > square; at--) {
    squares[at] = squares[at - 1]!;
    indices[at] = indices[at - 1]!;
  }
  squares[at] = square;
  indices[at] = index;
}

import { squaredDistance } from '../../../generation/nearest.js';

/**
 * Squared Euclidean distance of each row to its k-th nearest other row.
 *
 * @param rows [n, width]
 * @param k from 1 to n - 1
 */
export function neighbourRadii(rows: Float32Array, width: number, k: number): Float64Array {
  const count = rows.length / width;
  if (!(k >= 1 && k < count)) throw new Error(`internal: ${count} rows have no ${k}-th neighbour`);
  const nearest = new Float64Array(count * k).fill(Infinity);
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const worst = Math.max(nearest[i * k + k - 1]!, nearest[j * k + k - 1]!);
      const distance = squaredDistance(rows, i * width, rows, j * width, width, worst);
      keepSmallest(nearest, i * k, k, distance);
      keepSmallest(nearest, j * k, k, distance);
    }
  }
  return Float64Array.from({ length: count }, (_, row) => nearest[row * k + k - 1]!);
}

/** Squared distance of each query to its nearest reference, [n, width] against [m, width]. */
export function nearestDistances(queries: Float32Array, references: Float32Array, width: number): Float64Array {
  const count = references.length / width;
  return Float64Array.from({ length: queries.length / width }, (_, i) => {
    let least = Infinity;
    for (let j = 0; j < count; j++) least = Math.min(least, squaredDistance(queries, i * width, references, j * width, width, least));
    return least;
  });
}

/** Puts a value into an ascending list of k that begins at `start`; the largest falls off. */
function keepSmallest(sorted: Float64Array, start: number, k: number, value: number): void {
  if (value >= sorted[start + k - 1]!) return;
  let at = start + k - 1;
  for (; at > start && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}

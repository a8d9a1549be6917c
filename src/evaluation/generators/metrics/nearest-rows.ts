/** Sum of squared differences of row `i` of `a` and row `j` of `b`, both [n, width]. */
export function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  const [atA, atB] = [i * width, j * width];
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = a[atA + k]! - b[atB + k]!;
    sum += difference * difference;
  }
  return sum;
}

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
      const distance = squaredDistance(rows, i, rows, j, width);
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
    for (let j = 0; j < count; j++) least = Math.min(least, squaredDistance(queries, i, references, j, width));
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

/**
 * Cross-entropy of each example from its logits, -log softmax(z)_y = log sum_c exp(z_c - m) + m - z_y with m = max z, so that
 * nothing overflows and a confident mistake keeps its true cost.
 *
 * @param logits [n, classCount]
 * @param labels [n]
 */
export function crossEntropies(logits: Float32Array, labels: ArrayLike<number>, classCount: number): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, row) => {
    const z = logits.subarray(row * classCount, (row + 1) * classCount);
    const top = z.reduce((most, value) => Math.max(most, value), -Infinity);
    let sum = 0;
    for (const value of z) sum += Math.exp(value - top);
    return Math.log(sum) + top - z[labels[row]!]!;
  });
}

/** Arithmetic mean of at least one value. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

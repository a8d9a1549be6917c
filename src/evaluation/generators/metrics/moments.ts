/** Mean [width] and covariance [width, width] of rows. */
export interface Moments {
  readonly mean: Float64Array;
  /** Row-major, with n - 1 in the denominator. */
  readonly covariance: Float64Array;
}

/** Mean of each column of [n, width] rows. */
export function columnMeans(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  rows.forEach((value, i) => (mean[i % width]! += value / count));
  return mean;
}

/** Variance of each column of [n, width] rows, with n - 1 in the denominator; n is at least 2. */
export function columnVariances(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  const mean = columnMeans(rows, width);
  const variance = new Float64Array(width);
  rows.forEach((value, i) => (variance[i % width]! += (value - mean[i % width]!) ** 2 / (count - 1)));
  return variance;
}

/** @param rows [n, width] with n at least 2 */
export function momentsOf(rows: Float32Array, width: number): Moments {
  const count = rows.length / width;
  const mean = columnMeans(rows, width);
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) centred[i] = rows[row * width + i]! - mean[i]!;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) covariance[i * width + j]! += centred[i]! * centred[j]!;
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const value = covariance[i * width + j]! / (count - 1);
      covariance[i * width + j] = value;
      covariance[j * width + i] = value;
    }
  }
  return { mean, covariance };
}

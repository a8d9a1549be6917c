/** A proportion of n examples with its 95 % Wilson score interval. */
export interface Proportion {
  readonly value: number;
  readonly count: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantile at 0.975. */
const Z95 = 1.959963984540054;

/**
 * Wilson score interval (Wilson 1927) of count / n:
 *
 *   (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * It stays within [0, 1] and is not empty at p = 0 and p = 1.
 *
 * @param n at least 1
 */
export function proportion(count: number, n: number): Proportion {
  const value = count / n;
  const square = (Z95 * Z95) / n;
  const centre = (value + square / 2) / (1 + square);
  const half = (Z95 * Math.sqrt((value * (1 - value)) / n + square / (4 * n))) / (1 + square);
  const low = count === 0 ? 0 : Math.max(centre - half, 0);
  const high = count === n ? 1 : Math.min(centre + half, 1);
  return { value, count, n, low, high };
}

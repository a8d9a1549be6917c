import { columnMeans, columnVariances } from './moments.js';

/** An active unit's mean moves by more than this variance over the data (Burda et al. 2016, section 5.2). */
const ACTIVE_VARIANCE = 0.01;

/** How an encoder uses its latent space. */
export interface PosteriorUse {
  /** Latent coordinates j with Var_x[mean_j(x)] > 0.01. */
  readonly activeUnits: number;
  /** mean_x KL(q(z | x) || N(0, I)) in nats. */
  readonly kl: number;
  /** Largest |mean| of a coordinate of z ~ q(z | x) over the data; 0 where the aggregate matches the prior. */
  readonly largestMean: number;
  /** Smallest and largest standard deviation of a coordinate of z ~ q(z | x) over the data; 1 where it matches. */
  readonly deviations: [smallest: number, largest: number];
}

/**
 * KL of a row: sum_j [sigma_j^2 + mean_j^2 - 1] / 2 - ln sigma_j. The variance of the aggregate posterior is
 * Var_x[mean_j] + mean_x[sigma_j^2], so no draw is needed.
 *
 * @param mean, sigma [n, latent] with n at least 2
 */
export function posteriorUse(mean: Float32Array, sigma: Float32Array, latent: number): PosteriorUse {
  const rows = mean.length / latent;
  const spread = columnVariances(mean, latent);
  const inner = columnMeans(sigma.map((value) => value * value), latent);
  const deviations = spread.map((variance, j) => Math.sqrt(variance + inner[j]!));
  let kl = 0;
  mean.forEach((value, i) => (kl += ((sigma[i]! ** 2 + value ** 2 - 1) / 2 - Math.log(sigma[i]!)) / rows));
  return {
    activeUnits: spread.filter((variance) => variance > ACTIVE_VARIANCE).length,
    kl: Math.max(kl, 0),
    largestMean: columnMeans(mean, latent).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    deviations: [Math.min(...deviations), Math.max(...deviations)],
  };
}

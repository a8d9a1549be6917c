/** Bounds on log p(x) of each example, in nats. */
export interface LikelihoodBounds {
  /** mean_k log w_k */
  readonly elbo: Float64Array;
  /** log mean_k w_k */
  readonly iwae: Float64Array;
  /** Effective number of draws, (sum w)^2 / sum w^2, from 1 to K. */
  readonly effectiveDraws: Float64Array;
}

/**
 * log p(z) - log q(z | x) of each row with p = N(0, I), q = N(mean, sigma^2) and z = mean + sigma eps:
 * sum_j [ln sigma_j + eps_j^2 / 2 - z_j^2 / 2]; the constants ln(2 pi) / 2 cancel.
 *
 * @param z, eps, sigma [n, latent]
 */
export function logPriorRatio(z: Float32Array, eps: Float32Array, sigma: Float32Array, latent: number): Float64Array {
  const ratio = new Float64Array(z.length / latent);
  z.forEach((value, i) => (ratio[Math.floor(i / latent)]! += Math.log(sigma[i]!) + (eps[i]! ** 2 - value ** 2) / 2));
  return ratio;
}

/**
 * The evidence lower bound and its importance-weighted form (Burda et al. 2016, arXiv:1509.00519, eq. 8) from
 * log w = log p(x | z) + log p(z) - log q(z | x). E[iwae] grows with K towards log p(x) and is never above it.
 *
 * @param logWeights [n, draws]
 */
export function likelihoodBounds(logWeights: Float64Array, draws: number): LikelihoodBounds {
  const rows = logWeights.length / draws;
  const bounds = { elbo: new Float64Array(rows), iwae: new Float64Array(rows), effectiveDraws: new Float64Array(rows) };
  for (let row = 0; row < rows; row++) {
    const weights = logWeights.subarray(row * draws, (row + 1) * draws);
    const top = weights.reduce((most, value) => Math.max(most, value), -Infinity);
    let [sum, squares] = [0, 0];
    for (const value of weights) {
      const scaled = Math.exp(value - top);
      sum += scaled;
      squares += scaled * scaled;
    }
    bounds.elbo[row] = weights.reduce((total, value) => total + value / draws, 0);
    bounds.iwae[row] = top + Math.log(sum / draws);
    bounds.effectiveDraws[row] = (sum * sum) / squares;
  }
  return bounds;
}

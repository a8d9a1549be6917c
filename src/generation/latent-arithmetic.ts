import { weightsMismatch } from '../errors/generation.errors.js';

/**
 * The weighted sum of latents, sum_i w_i z_i; e.g. weights 1, -1, 1 for "a without b, with c".
 * @param latents [N, latent]
 * @throws weights-mismatch
 */
export function combineLatents(latents: Float32Array, latent: number, weights: readonly number[]): Float32Array {
  const rows = latents.length / latent;
  if (weights.length !== rows) throw weightsMismatch(weights.length, rows);
  const combined = new Float32Array(latent);
  for (let at = 0; at < latent; at++) {
    combined[at] = weights.reduce((sum, weight, row) => sum + weight * latents[row * latent + at]!, 0);
  }
  return combined;
}

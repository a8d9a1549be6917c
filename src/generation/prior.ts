import { normal, type Key } from '../compiler/random/index.js';

export interface PriorOptions {
  /** Factor on the standard deviation; 0 gives the mode. */
  readonly temperature: number;
  /** Largest absolute value of a coordinate before `temperature`; larger draws are drawn again. */
  readonly truncation?: number | undefined;
}

/**
 * Latents z = temperature * eps with eps ~ N(0, I), each coordinate conditioned on |eps| <= truncation (the truncation
 * trick of Brock et al. 2019, arXiv:1809.11096, section 3.1). Row i depends on the key and i only, so a longer request
 * begins with the rows of a shorter one.
 * @returns [rows, latent]
 */
export function drawPrior(key: Key, rows: number, latent: number, { temperature, truncation }: PriorOptions): Float32Array {
  const z = new Float32Array(rows * latent);
  for (let row = 0; row < rows; row++) z.set(truncatedNormal(key.fold(row), latent, truncation), row * latent);
  return scaled(z, temperature);
}

/** eps of one chain step, scaled: [rows, latent], each row its own stream. */
export function drawNoise(key: Key, step: number, rows: number, latent: number, temperature: number): Float32Array {
  return drawPrior(key.fold(step), rows, latent, { temperature });
}

function truncatedNormal(key: Key, count: number, limit: number | undefined): Float32Array {
  const values = normal(key, count);
  if (limit === undefined) return values;
  for (let round = 1; ; round++) {
    const outside = [...values.keys()].filter((i) => Math.abs(values[i]!) > limit);
    if (outside.length === 0) return values;
    const again = normal(key.fold(round), outside.length);
    outside.forEach((at, i) => (values[at] = again[i]!));
  }
}

const scaled = (values: Float32Array, factor: number): Float32Array => (factor === 1 ? values : values.map((value) => factor * value));

/** mean + sigma * eps. */
export function reparameterise({ mean, sigma }: { readonly mean: Float32Array; readonly sigma: Float32Array }, eps: Float32Array): Float32Array {
  return mean.map((value, i) => value + sigma[i]! * eps[i]!);
}

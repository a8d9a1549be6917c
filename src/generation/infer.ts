import { Key } from '../compiler/random/index.js';
import type { Condition, Decoded, Generator, Posterior } from './generator.js';
import { drawPrior, reparameterise } from './prior.js';

export interface Encoded extends Posterior {
  /** [N, latent] a draw of q(z | x), when a temperature is given. */
  readonly z: Float32Array;
}

/**
 * q(z | x) of N examples and one draw from it; temperature 0 gives the mean.
 * @param x [N, ...input.shape]
 * @throws signature-unknown for models without an encoder
 */
export async function encode(generator: Generator, x: Float32Array, condition: Condition, { seed, temperature }: { readonly seed: number; readonly temperature: number }): Promise<Encoded> {
  generator.require('encode');
  const posterior = await generator.encode(x, condition);
  if (temperature === 0) return { ...posterior, z: posterior.mean };
  const rows = x.length / generator.size;
  const eps = drawPrior(Key.from(seed).fold('encode'), rows, generator.latent, { temperature });
  return { ...posterior, z: reparameterise(posterior, eps) };
}

export interface Reconstruction extends Decoded {
  readonly z: Float32Array;
  /** [N] mean over the values of one example of (x - Dec(z))^2. */
  readonly squaredErrors: Float32Array;
}

/** Dec(z) with z from `encode`. */
export async function reconstruct(generator: Generator, x: Float32Array, condition: Condition, options: { readonly seed: number; readonly temperature: number }): Promise<Reconstruction> {
  const { z } = await encode(generator, x, condition, options);
  const decoded = await generator.decode(z, condition);
  const squaredErrors = Float32Array.from({ length: x.length / generator.size }, (_, row) => meanSquare(x, decoded.x, row * generator.size, generator.size));
  return { ...decoded, z, squaredErrors };
}

function meanSquare(a: Float32Array, b: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / count;
}

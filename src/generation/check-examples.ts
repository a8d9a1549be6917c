import { firstOutside } from '../attacks/attack-checks.js';
import { latentShapeMismatch, pixelOutOfBounds } from '../errors/generation.errors.js';
import type { Generator } from './generator.js';

/**
 * @param x [N, ...input.shape]
 * @param pointerOf place of an example in the request
 * @throws pixel-out-of-bounds
 */
export function checkWithinBounds({ manifest, size }: Generator, x: Float32Array, pointerOf: (position: number) => string): void {
  const { bounds } = manifest.input;
  const outside = firstOutside(x, 0, x.length, bounds);
  if (outside >= 0) throw pixelOutOfBounds(x[outside]!, pointerOf(Math.floor(outside / size)), bounds);
}

/**
 * Latents of a request, row-major.
 * @returns [N, latent]
 * @throws latent-shape-mismatch
 */
export function readLatents({ latent }: Generator, rows: readonly (readonly number[])[]): Float32Array {
  const z = new Float32Array(rows.length * latent);
  rows.forEach((row, position) => {
    if (row.length !== latent || !row.every((value) => Number.isFinite(Math.fround(value)))) throw latentShapeMismatch(position, row.length, latent);
    z.set(row, position * latent);
  });
  return z;
}

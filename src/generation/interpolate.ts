import { endpointCountInvalid } from '../errors/generation.errors.js';

export const INTERPOLATIONS = ['linear', 'spherical', 'grid'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** (1 - t) a + t b. */
export function linear(a: Float32Array, b: Float32Array, t: number): Float32Array {
  return a.map((value, i) => (1 - t) * value + t * b[i]!);
}

/** Sine of the angle below which the great circle is not determined by the two ends. */
const SMALL_SINE = 1e-6;

/**
 * Along the great circle (Shoemake 1985): (sin((1 - t) w) a + sin(t w) b) / sin w with w the angle between a and b. Keeps the
 * length between those of a and b, where N(0, I) has its mass. Falls back to `linear` for parallel ends.
 */
export function spherical(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(Math.max(cosine, -1), 1));
  const sine = Math.sin(angle);
  if (!(sine > SMALL_SINE)) return linear(a, b, t);
  const [fromA, fromB] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => fromA * value + fromB * b[i]!);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

const ENDS: { readonly [I in Interpolation]: number } = { linear: 2, spherical: 2, grid: 4 };

export const endsOf = (path: Interpolation): number => ENDS[path];

/** Pictures of an interpolation with `steps` points to a side. */
export const pointsOf = (path: Interpolation, steps: number): number => (path === 'grid' ? steps * steps : steps);

/**
 * Latents between `ends`, both ends included: `steps` of them, or steps * steps row by row for a grid, whose four ends are its
 * corners: upper left, upper right, lower left, lower right (bilinear).
 * @param ends [2 or 4][latent]
 * @returns [points, latent]
 * @throws interpolation-ends-invalid
 */
export function interpolate(path: Interpolation, ends: readonly Float32Array[], steps: number): Float32Array {
  if (ends.length !== ENDS[path]) throw endpointCountInvalid(path, ends.length, ENDS[path]);
  const fractions = Array.from({ length: steps }, (_, i) => i / (steps - 1));
  return joined(pathOf(path, ends, fractions));
}

function pathOf(path: Interpolation, ends: readonly Float32Array[], fractions: readonly number[]): Float32Array[] {
  const [a, b, c, d] = ends as [Float32Array, Float32Array, Float32Array, Float32Array];
  switch (path) {
    case 'linear': return fractions.map((t) => linear(a, b, t));
    case 'spherical': return fractions.map((t) => spherical(a, b, t));
    case 'grid': return fractions.flatMap((down) => fractions.map((across) => linear(linear(a, b, across), linear(c, d, across), down)));
  }
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]!.length;
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}

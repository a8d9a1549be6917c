import { createHash } from 'node:crypto';
import { type Key, permutation } from '../compiler/random/index.js';
import { normBall, type Bounds } from '../attacks/norm-balls.js';
import type { Norm } from '../attacks/attack.options.js';

/** Examples to evaluate, ascending, and how they were chosen. */
export interface Selection {
  readonly rule: 'all' | 'seeded-sample';
  readonly indices: Int32Array;
  /** SHA-256 of the indices joined by commas. */
  readonly sha256: string;
}

/** All of `count` examples, or `limit` of them drawn without replacement by the key. `limit` is at most `count`. */
export function selectExamples(count: number, limit: number | 'all', key: Key): Selection {
  const all = limit === 'all' || limit === count;
  const indices = all ? Int32Array.from({ length: count }, (_, i) => i) : permutation(key, count).slice(0, limit).sort();
  const sha256 = createHash('sha256').update(indices.join(',')).digest('hex');
  return { rule: all ? 'all' : 'seeded-sample', indices, sha256 };
}

/** Default radii: shares of the input range for Linf, of the largest possible distance for L2. */
const DEFAULT_SHARES: Readonly<Record<Norm, readonly number[]>> = {
  Linf: [0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3],
  L2: [0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1],
};

/** The grid of radii, ascending from 0: those asked for, or the default for inputs of `width` features within `bounds`. */
export function epsilonGrid(asked: readonly number[] | undefined, norm: Norm, width: number, bounds: Bounds): number[] {
  const diameter = normBall(norm).diameter(width, bounds);
  const radii = asked ?? DEFAULT_SHARES[norm].map((part) => Number((part * diameter).toPrecision(4)));
  return [...new Set([0, ...radii])].sort((a, b) => a - b);
}

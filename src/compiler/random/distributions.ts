import { invalidDistribution } from '../../errors/compiler.errors.js';
import type { Key } from './key.js';

/** The words of a key one after another, for draws that need an unknown number of them. */
function* wordsOf(key: Key): Generator<number, never> {
  for (let i = 0; ; i++) yield* key.words(i);
}

const next = (words: Generator<number, never>): number => words.next().value;

/** Uniform on (0, 1], 32 bits: safe under a logarithm. */
const positiveUniform = (word: number): number => (word + 1) / 2 ** 32;

function check(holds: boolean, distribution: string, parameter: string, value: number, accepted: string): void {
  if (!holds) throw invalidDistribution(distribution, parameter, value, accepted);
}

const checkCount = (distribution: string, count: number): void =>
  check(Number.isSafeInteger(count) && count >= 0, distribution, 'count', count, 'a whole number of at least 0');

/** `count` numbers uniform on [0, 1), 24 random bits each. */
export function uniform(key: Key, count: number): Float32Array {
  checkCount('uniform', count);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const [w0, w1] = key.words(i / 2);
    out[i] = (w0 >>> 8) / 2 ** 24;
    if (i + 1 < count) out[i + 1] = (w1 >>> 8) / 2 ** 24;
  }
  return out;
}

/** `count` standard normal numbers: Box and Muller 1958, r = sqrt(-2 ln u), z = r cos(2 pi v), r sin(2 pi v). */
export function normal(key: Key, count: number): Float32Array {
  checkCount('normal', count);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const [w0, w1] = key.words(i / 2);
    const radius = Math.sqrt(-2 * Math.log(positiveUniform(w0)));
    const angle = (2 * Math.PI * w1) / 2 ** 32;
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** `count` values, 1 with probability `p` in [0, 1] and 0 otherwise. */
export function bernoulli(key: Key, count: number, p: number): Float32Array {
  check(p >= 0 && p <= 1, 'bernoulli', 'p', p, 'a number from 0 to 1');
  return uniform(key, count).map((u) => (u < p ? 1 : 0));
}

/** Uniform on 0 ... n - 1 without modulo bias: words beyond the last full multiple of `n` are rejected. */
function boundedInteger(words: Generator<number, never>, n: number): number {
  const limit = 2 ** 32 - (2 ** 32 % n);
  let word = next(words);
  while (word >= limit) word = next(words);
  return word % n;
}

/** A whole number uniform on 0 ... n - 1; 1 <= n <= 2^32. */
export function integer(key: Key, n: number): number {
  check(Number.isSafeInteger(n) && n >= 1 && n <= 2 ** 32, 'integer', 'n', n, 'a whole number from 1 to 2^32');
  return boundedInteger(wordsOf(key), n);
}

/** A uniformly random order of 0 ... n - 1 (Fisher-Yates). */
export function permutation(key: Key, n: number): Int32Array {
  checkCount('permutation', n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const words = wordsOf(key);
  for (let i = n - 1; i > 0; i--) {
    const j = boundedInteger(words, i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}

/** An index drawn with probability proportional to `weights` (non-negative, not all 0). */
export function categorical(key: Key, weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    check(weights[i]! >= 0, 'categorical', `weights[${i}]`, weights[i]!, 'a number of at least 0');
    total += weights[i]!;
  }
  check(total > 0 && Number.isFinite(total), 'categorical', 'sum of weights', total, 'a finite number above 0');
  const [w0, w1] = key.words(0);
  let rest = ((w0 * 2 ** 21 + (w1 >>> 11)) / 2 ** 53) * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! === 0) continue;
    last = i;
    rest -= weights[i]!;
    if (rest < 0) break;
  }
  return last;
}

/**
 * Logarithm of a Gamma(shape, 1) number: Marsaglia and Tsang 2000; for shape < 1, Gamma(shape + 1) * u^(1 / shape).
 * In logarithms, because for small shapes the number itself underflows.
 */
function logGamma(key: Key, shape: number): number {
  const words = wordsOf(key);
  const boosted = shape < 1 ? shape + 1 : shape;
  const boost = shape < 1 ? Math.log(positiveUniform(next(words))) / shape : 0;
  const d = boosted - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(positiveUniform(next(words))));
    const z = radius * Math.cos((2 * Math.PI * next(words)) / 2 ** 32);
    const u = positiveUniform(next(words));
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(u) < 0.5 * z * z + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}

/** A Gamma(shape, scale 1) number; shape > 0. */
export function gamma(key: Key, shape: number): number {
  check(shape > 0 && Number.isFinite(shape), 'gamma', 'shape', shape, 'a finite number above 0');
  return Math.exp(logGamma(key, shape));
}

/** A Beta(a, b) number in [0, 1]: x / (x + y) with x ~ Gamma(a), y ~ Gamma(b); a, b > 0. */
export function beta(key: Key, a: number, b: number): number {
  check(a > 0 && Number.isFinite(a), 'beta', 'a', a, 'a finite number above 0');
  check(b > 0 && Number.isFinite(b), 'beta', 'b', b, 'a finite number above 0');
  const [keyX, keyY] = key.split(2);
  return 1 / (1 + Math.exp(logGamma(keyY!, b) - logGamma(keyX!, a)));
}

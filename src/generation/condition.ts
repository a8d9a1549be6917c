import { integer, type Key } from '../compiler/random/index.js';
import { classNotModelled, classOutOfRange, classRequired } from '../errors/generation.errors.js';
import { LABELS_MISMATCH } from '../errors/inference.errors.js';
import type { Condition, Generator } from './generator.js';

/** Classes as a request gives them: one for all rows, or one for each. */
export interface RequestedClasses {
  readonly class?: number | undefined;
  readonly labels?: readonly number[] | undefined;
}

/**
 * The condition of `rows` rows. Without a class, a conditional model gets classes drawn uniformly with `key`.
 * @param key absent where a class cannot be made up, because the pixels are given
 * @throws class-not-modelled, class-out-of-range, labels-mismatch, class-required
 */
export function conditionOf(generator: Generator, rows: number, requested: RequestedClasses, key?: Key): Condition {
  const { manifest, method, classCount } = generator;
  const given = requested.labels ?? (requested.class === undefined ? undefined : new Array<number>(rows).fill(requested.class));
  if (given === undefined) {
    if (!generator.conditional) return {};
    if (key === undefined) throw classRequired(manifest.name);
    return { classes: Int32Array.from({ length: rows }, (_, row) => integer(key.fold(row), classCount)) };
  }
  if (!generator.conditional && !generator.attributes) throw classNotModelled(manifest.name, method);
  if (given.length !== rows) throw LABELS_MISMATCH(given.length, rows);
  const wrong = given.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classCount);
  if (wrong >= 0) throw classOutOfRange(given[wrong]!, wrong, classCount, requested.labels === undefined ? 'class' : 'labels');
  return { classes: Int32Array.from(given) };
}

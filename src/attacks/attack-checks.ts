import type { Model } from '../bundles/model.js';
import {
  epsilonOutOfRange,
  inputOutOfBounds,
  labelInvalid,
  modelNotDifferentiable,
  targetCountMismatch,
  targetLabelInvalid,
} from '../errors/attacks.errors.js';
import type { AttackBatch } from './attack.js';
import type { Bounds, NormBall } from './norm-balls.js';
import { inputWidth } from './predictions.js';

/**
 * Refuses radii beyond the input range.
 *
 * @param pointer JSON pointer of the value in the request
 * @throws epsilon-out-of-range naming the accepted range
 */
export function checkEpsilon(epsilon: number, ball: NormBall, width: number, bounds: Bounds, pointer: string): void {
  const largest = ball.diameter(width, bounds);
  if (!(epsilon >= 0 && epsilon <= largest)) throw epsilonOutOfRange(epsilon, ball.norm, largest, bounds, pointer);
}

/** Position of the first value in [start, end) that is not within `bounds` as float32 numbers, or -1. */
export function firstOutside(values: Float32Array, start: number, end: number, bounds: Bounds): number {
  const low = Math.fround(bounds[0]);
  const high = Math.fround(bounds[1]);
  for (let i = start; i < end; i++) if (!(values[i]! >= low && values[i]! <= high)) return i;
  return -1;
}

/**
 * Refuses batches that no attack can start from: values outside the model's bounds, labels that are no class, a model
 * without a gradient.
 *
 * @param signature the one that gives the gradient
 * @throws input-out-of-bounds, label-invalid, model-not-differentiable
 */
export function checkBatch(model: Model, batch: AttackBatch, signature: string): void {
  const { input, classes, signatures, name } = model.manifest;
  if (!(signature in signatures)) throw modelNotDifferentiable(name, signature, Object.keys(signatures));
  const outside = firstOutside(batch.examples, 0, batch.examples.length, input.bounds);
  if (outside >= 0) {
    throw inputOutOfBounds(batch.examples[outside]!, Math.floor(outside / inputWidth(model)), input.bounds);
  }
  const wrong = batch.labels.findIndex((label) => label < 0 || label >= classes.length);
  if (wrong >= 0) throw labelInvalid(batch.labels[wrong]!, wrong, classes.length);
}

/**
 * One target class for each of `size` examples.
 *
 * @throws target-count-mismatch, target-label-invalid
 */
export function targetsFor(targetLabels: number | readonly number[], size: number, classCount: number): Int32Array {
  const list = typeof targetLabels === 'number' ? new Array<number>(size).fill(targetLabels) : targetLabels;
  if (list.length !== size) throw targetCountMismatch(list.length, size);
  const wrong = list.find((label) => !Number.isInteger(label) || label < 0 || label >= classCount);
  if (wrong !== undefined) throw targetLabelInvalid(wrong, classCount);
  return Int32Array.from(list);
}

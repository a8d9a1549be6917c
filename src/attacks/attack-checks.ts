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

/**
 * Refuses batches that no attack can start from: values outside the model's bounds, labels that are no class, a model
 * without a gradient.
 *
 * @throws input-out-of-bounds, label-invalid, model-not-differentiable
 */
export function checkBatch(model: Model, batch: AttackBatch): void {
  const { input, classes, signatures, name } = model.manifest;
  if (!('lossGradient' in signatures)) throw modelNotDifferentiable(name, Object.keys(signatures));
  const [low, high] = [Math.fround(input.bounds[0]), Math.fround(input.bounds[1])];
  const outside = batch.examples.findIndex((value) => !(value >= low && value <= high));
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

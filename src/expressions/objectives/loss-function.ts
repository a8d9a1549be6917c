import * as tf from '@tensorflow/tfjs-core';
import { drawNumbers } from '../compile/draw-numbers.js';
import type { ExpressionLimits } from '../limits.js';
import type { LabelForm } from './objective-contract.js';
import { prepareObjective } from './prepare-objective.js';

/** A loss of one batch as a pure function, for traces, gradients and eager calls. */
export interface LossFunction {
  /** Which form of the true classes it takes. */
  readonly form: LabelForm;
  /**
   * @param logits float32 [n, k]
   * @param classes int32 [n] class numbers, or float32 [n, k] probabilities, after `form`
   * @returns a number
   */
  readonly apply: (logits: tf.Tensor, classes: tf.Tensor) => tf.Tensor;
}

/** Of the training that an expression is the loss of. */
export interface LossUse {
  readonly batch: number;
  readonly classes: number;
  /** What the expression may cost. */
  readonly limits?: Partial<ExpressionLimits> | undefined;
}

/**
 * The loss that an expression defines, for batches of one size.
 * @throws the errors of `prepareObjective`, pointers under `/loss`
 */
export function lossFunction(source: string, { batch, classes, limits }: LossUse): LossFunction {
  const { labels: form, value, module, binding } = prepareObjective(source, { name: 'loss', batch, classes }, '/loss', limits);
  const random = drawNumbers(value.draws, module.streams, {}, binding(batch)); // of seeds: the same in every call
  return {
    form,
    apply(logits, given) {
      const drawn = Object.fromEntries(Object.entries(random).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')]));
      return value.program.apply({}, { logits, [form]: given, ...drawn }).outputs['value']!;
    },
  };
}

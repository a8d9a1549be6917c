import * as tf from '@tensorflow/tfjs-core';

/** What one step gives: next states in the order of the states, and outputs to be stacked. */
export interface StepResult {
  readonly states: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  /** Where the loop ends early: one bool, whether this step is the last. */
  readonly until?: tf.Tensor | undefined;
}

/** A recurrence by position: what `scan` makes of names and taps. */
export interface LoopSpec {
  readonly steps: number;
  /** Steps go from the last position to the first. */
  readonly reverse: boolean;
  /** Whether steps give `until`. */
  readonly endsEarly: boolean;
  /** [steps, ...] each. */
  readonly sequences: readonly tf.Tensor[];
  /** First values. */
  readonly states: readonly tf.Tensor[];
  /** A function of its arguments and of tensors that do not change; may be called any number of times. */
  step(slices: readonly tf.Tensor[], states: readonly tf.Tensor[]): StepResult;
}

export interface LoopResult {
  /** Values after the last step. */
  readonly states: readonly tf.Tensor[];
  /** [steps, ...] by position, whatever the direction; 0 where no step came. */
  readonly outputs: readonly tf.Tensor[];
}

/**
 * The same loop without an early end: from the step after `until` on, states keep their values and outputs are 0. All
 * steps are computed. A bool comes last among the states.
 */
export function masked(spec: LoopSpec): LoopSpec {
  return {
    ...spec,
    endsEarly: false,
    states: [...spec.states, tf.scalar(true, 'bool')],
    step(slices, all) {
      const [states, active] = [all.slice(0, -1), all.at(-1)!];
      const { states: next, outputs, until } = spec.step(slices, states);
      if (until === undefined) throw new Error('internal: a loop that ends early does not say when');
      return {
        states: [...next.map((value, i) => tf.where(active, value, states[i]!)), tf.logicalAnd(active, tf.logicalNot(until))],
        outputs: outputs.map((value) => tf.where(active, value, tf.zerosLike(value))),
      };
    },
  };
}

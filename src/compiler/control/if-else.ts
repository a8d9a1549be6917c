import * as tf from '@tensorflow/tfjs-core';
import { apart } from './tape.js';

/**
 * a where `condition` holds, else b. Both are computed: a program has no branches on data. `condition` is bool and may
 * broadcast, as may a and b; a scalar condition chooses between whole tensors.
 *
 * The gradient goes to the chosen side only. A side that is not chosen must still have a finite derivative there, since
 * 0 * NaN is NaN: to avoid log(0), choose the operand, `log(ifElse(x > 0, x, 1))`, not the result.
 */
export function ifElse(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const chosen = apart(() => tf.clone(condition)); // comparisons have no gradient: none may be asked for
  return tf.where(chosen, a, b);
}

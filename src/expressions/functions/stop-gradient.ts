import * as tf from '@tensorflow/tfjs-core';

/**
 * The result of `body`, which counts as a constant for the gradients that are being taken: its operations are not noted
 * on the tape of TensorFlow.js, so that they need no gradient rules and add nothing to the backward pass.
 */
export function stopGradient<T>(body: () => T): T {
  const { state } = tf.engine();
  const { gradientDepth } = state;
  state.gradientDepth = 0;
  try {
    return body();
  } finally {
    state.gradientDepth = gradientDepth;
  }
}

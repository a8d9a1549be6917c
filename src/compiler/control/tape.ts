import * as tf from '@tensorflow/tfjs-core';

/**
 * How many gradients are being taken around the current operation: 0 where nothing records for a gradient, 2 inside a
 * gradient of a gradient.
 */
export function gradientDepth(): number {
  const { gradientDepth: depth, kernelDepth } = tf.engine().state;
  return kernelDepth > 0 ? 0 : depth;
}

/**
 * Runs `body` apart from the gradients in progress: its operations do not count for them, and it may take gradients of
 * its own. TensorFlow.js has one tape, which a gradient inside a backward pass would overwrite.
 */
export function apart<T>(body: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth: depth, kernelDepth } = state;
  Object.assign(state, { activeTape: [], gradientDepth: 0, kernelDepth: 0 });
  try {
    return body();
  } finally {
    Object.assign(state, { activeTape, gradientDepth: depth, kernelDepth });
  }
}

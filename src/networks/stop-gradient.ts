import * as tf from '@tensorflow/tfjs-core';

/** The identity, with gradient 0. */
export const stopGradient = tf.customGrad((...[x]: (tf.Tensor | tf.GradSaveFunc)[]) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
}));

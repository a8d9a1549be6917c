import * as tf from '@tensorflow/tfjs-core';
import type { Program, ProgramSignature } from '../../program.js';

/**
 * One step of logistic regression as a beginner writes it: p = 1 / (1 + exp(-x w - b)), the mean of -y log p - (1 - y) log(1 - p), plus
 * 0.01 |w|^2, by gradient descent. x [400,784], w [784,1], b [], y [400,1].
 */
export const logisticRegression: Program = {
  name: 'logistic-regression',
  apply({ w, b }, { x, y }) {
    const cost = (weights: tf.Tensor, bias: tf.Tensor): tf.Scalar => {
      const p = tf.div(1, tf.add(1, tf.exp(tf.sub(tf.neg(tf.matMul(x!, weights)), bias))));
      const entropy = tf.sub(tf.mul(tf.neg(y!), tf.log(p)), tf.mul(tf.sub(1, y!), tf.log(tf.sub(1, p))));
      return tf.add(tf.mean(entropy), tf.mul(0.01, tf.sum(tf.square(weights))));
    };
    const { value, grads: [dw, db] } = tf.valueAndGrads((...parameters) => cost(parameters[0]!, parameters[1]!))([w!, b!]);
    return { outputs: { cost: value }, state: { w: tf.sub(w!, tf.mul(0.1, dw!)), b: tf.sub(b!, tf.mul(0.1, db!)) } };
  },
};

export const logisticRegressionSignature = (examples: number, features: number): ProgramSignature => ({
  state: { w: { dtype: 'float32', shape: [features, 1] }, b: { dtype: 'float32', shape: [] } },
  inputs: { x: { dtype: 'float32', shape: [examples, features] }, y: { dtype: 'float32', shape: [examples, 1] } },
});

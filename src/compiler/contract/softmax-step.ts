import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';

/** Mean over the batch of -log p[y], with p = exp(z) / sum(exp(z)) and z = x w + b as a textbook has them: exp overflows from z = 89 on. */
function crossEntropy(x: tf.Tensor, y: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Scalar {
  const z = tf.add(tf.matMul(x, w), b); // [batch, 3]
  const p = tf.div(tf.exp(z), tf.sum(tf.exp(z), 1, true)); // [batch, 3]
  const hot = tf.oneHot(y, 3); // [batch, 3]
  return tf.neg(tf.mean(tf.log(tf.sum(tf.mul(hot, p), 1))));
}

/** One step of gradient descent with momentum, v' = 0.9 v + g and w' = w - 0.1 v', and the number of steps taken. */
export const softmaxStep: Program = {
  name: 'softmax-step',
  apply(state, { x, y }) {
    const { value, grads } = tf.valueAndGrads((w, b) => crossEntropy(x!, y!, w, b))([state['w']!, state['b']!]);
    const next: NamedTensors = { steps: tf.add(state['steps']!, tf.scalar(1, 'int32')) };
    for (const [i, name] of ['w', 'b'].entries()) {
      const velocity = tf.add(tf.mul(state[`v${name}`]!, 0.9), grads[i]!);
      next[`v${name}`] = velocity;
      next[name] = tf.sub(state[name]!, tf.mul(velocity, 0.1));
    }
    return { outputs: { loss: value }, state: next };
  },
};

const weights = { dtype: 'float32', shape: [4, 3] } as const;
const bias = { dtype: 'float32', shape: [3] } as const;

/** 4 features, 3 classes; -1 is the batch dimension. */
export const softmaxStepSignature: ProgramSignature = {
  state: { w: weights, b: bias, vw: weights, vb: bias, steps: { dtype: 'int32', shape: [] } },
  inputs: { x: { dtype: 'float32', shape: [-1, 4] }, y: { dtype: 'int32', shape: [-1] } },
};

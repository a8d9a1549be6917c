import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../../compiler/program.js';
import { normal, Key } from '../../compiler/random/index.js';
import type { HostTensor } from '../../compiler/tensors.js';
import type { BundleContents } from '../write-bundle.js';

const HIDDEN = 256;

/** 8x8x1 -> convolution 3x3 with 4 filters -> relu -> dense HIDDEN -> 3 classes. */
function logitsOf({ filter, hidden, output, bias }: NamedTensors, x: tf.Tensor): tf.Tensor {
  const maps = tf.relu(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'));
  const features = tf.relu(tf.matMul(tf.reshape(maps, [-1, 8 * 8 * 4]), hidden as tf.Tensor2D));
  return tf.add(tf.matMul(features as tf.Tensor2D, output as tf.Tensor2D), bias!);
}

const x = { dtype: 'float32', shape: [-1, 8, 8, 1] } as const;

/** The `predict` signature; `offset` is added to the logits, for tests in which two programs must differ. */
export const predictEntry = (offset = 0): FamilyEntry => ({
  inputs: { x },
  program: {
    name: 'predict',
    apply(state, inputs) {
      const logits = tf.add(logitsOf(state, inputs['x']!), offset);
      return { outputs: { logits, probabilities: tf.softmax(logits) } };
    },
  },
});

const lossGradientEntry: FamilyEntry = {
  inputs: { x, y: { dtype: 'int32', shape: [-1] } },
  program: {
    name: 'lossGradient',
    apply(state, inputs) {
      const targets = tf.cast(tf.oneHot(inputs['y'] as tf.Tensor1D, 3), 'float32');
      const losses = (at: tf.Tensor): tf.Tensor => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logitsOf(state, at))), -1));
      const gradient = tf.grad((at) => tf.sum(losses(at)))(inputs['x']!);
      return { outputs: { logits: logitsOf(state, inputs['x']!), loss: losses(inputs['x']!), gradient } };
    },
  },
};

/** Contents of a bundle of random weights; some 263 kB, nearly all in one matrix. */
export function tinyClassifier(): BundleContents {
  const draw = (name: string, ...shape: number[]): HostTensor => {
    const data = normal(Key.from(name), shape.reduce((a, b) => a * b, 1)).map((z) => 0.1 * z);
    return { dtype: 'float32', shape, data };
  };
  return {
    name: 'tiny',
    task: 'classification',
    input: { shape: [8, 8, 1], bounds: [0, 1], layout: 'NHWC' },
    classes: ['a', 'b', 'c'],
    network: { architecture: 'tiny' },
    metrics: { 'test/accuracy': 0.5 },
    programs: { predict: predictEntry(), lossGradient: lossGradientEntry },
    parameters: { filter: draw('filter', 3, 3, 1, 4), hidden: draw('hidden', 256, HIDDEN), output: draw('output', HIDDEN, 3), bias: draw('bias', 3) },
    rampartVersion: '0.0.0',
  };
}

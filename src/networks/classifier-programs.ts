import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry } from '../compiler/program.js';
import { required } from './layer.js';
import { forward, type Network } from './network.js';
import { valueAndGradients } from './value-and-gradients.js';

/** Rows of the identity: labels int32 [batch] -> float32 [batch, classCount]. */
export const oneHot = (labels: tf.Tensor, classCount: number): tf.Tensor =>
  tf.cast(tf.oneHot(labels as tf.Tensor1D, classCount), 'float32');

/** Cross-entropy of each example, sum_c target_c (lse(logits) - logits_c): [batch]; targets [batch, C] may be soft. */
export const crossEntropy = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor =>
  tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));

export interface ClassifierPrograms {
  /** {x [N, ...input]} -> {logits [N, C], probabilities [N, C]} */
  readonly predict: FamilyEntry;
  /** {x, y int32 [N]} -> {logits [N, C], loss [N], gradient [N, ...input]}, gradient row i = d loss_i / d x_i */
  readonly lossGradient: FamilyEntry;
  /** {x, vector [N, C]} -> {logits [N, C], gradient [N, ...input]}, gradient row i = vector_i^T d logits_i / d x_i */
  readonly vjp: FamilyEntry;
}

/** The stored signatures of a classifier, in inference mode; their state is `modelState(network)`. */
export function classifierPrograms(network: Network): ClassifierPrograms {
  const x = { dtype: 'float32', shape: [-1, ...network.inputShape] } as const;
  const y = { dtype: 'int32', shape: [-1] } as const;
  const vector = { dtype: 'float32', shape: [-1, network.classCount] } as const;
  return {
    predict: {
      inputs: { x },
      program: {
        name: 'predict',
        apply(state, inputs) {
          const logits = forward(network, state, required(inputs, 'x')).h;
          return { outputs: { logits, probabilities: tf.softmax(logits) } };
        },
      },
    },
    lossGradient: {
      inputs: { x, y },
      program: {
        name: 'lossGradient',
        apply(state, inputs) {
          const targets = oneHot(required(inputs, 'y'), network.classCount);
          // Inference mode treats examples apart, so d (sum of losses) / d x_i = d loss_i / d x_i.
          const { gradients, auxiliary } = valueAndGradients((at) => {
            const logits = forward(network, state, required(at, 'x')).h;
            const loss = crossEntropy(logits, targets);
            return { value: tf.sum(loss), auxiliary: { logits, loss } };
          }, { x: required(inputs, 'x') });
          return { outputs: { ...auxiliary, gradient: required(gradients, 'x') } };
        },
      },
    },
    vjp: {
      inputs: { x, vector },
      program: {
        name: 'vjp',
        apply(state, inputs) {
          const { gradients, auxiliary } = valueAndGradients((at) => {
            const logits = forward(network, state, required(at, 'x')).h;
            return { value: tf.sum(tf.mul(logits, required(inputs, 'vector'))), auxiliary: { logits } };
          }, { x: required(inputs, 'x') });
          return { outputs: { ...auxiliary, gradient: required(gradients, 'x') } };
        },
      },
    },
  };
}

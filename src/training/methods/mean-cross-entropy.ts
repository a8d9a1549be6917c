import * as tf from '@tensorflow/tfjs-core';
import type { LossFunction } from '../../expressions/index.js';
import { crossEntropy } from '../../networks/index.js';

/** The loss of a training that names no other: mean_i CE(logits_i, targets_i). */
export const meanCrossEntropy: LossFunction = {
  form: 'targets',
  apply: (logits, targets) => tf.mean(crossEntropy(logits, targets)),
};

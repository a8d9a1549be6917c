import * as tf from '@tensorflow/tfjs-core';
import { stopGradient } from '../compiler/control/index.js';
import { required, type Layer } from './layer.js';

const EPSILON = 1e-12;

const unit = (v: tf.Tensor): tf.Tensor => tf.div(v, tf.add(tf.norm(v), EPSILON));

/**
 * Spectral normalisation (Miyato et al. 2018, arXiv:1802.05957, algorithm 1): the layer with its kernel W, seen as a matrix
 * [inputs, outputs], replaced by W / s, s = v' W u its largest singular value. Each training step does one round of power
 * iteration, v = W u / |W u|, u <- W' v / |W' v|; u is kept as a statistic, and u and v are constants to the gradient.
 */
export function spectralNorm(layer: Layer, kernel: string): Layer {
  const { shape } = layer.parameters[kernel]!;
  const outputs = shape.at(-1)!;
  const direction = `${kernel}/direction`;
  return {
    ...layer,
    statistics: { ...layer.statistics, [direction]: { shape: [outputs], initialiser: { kind: 'constant', value: 1 / Math.sqrt(outputs) } } },
    apply(state, h, context) {
      const weights = required(state, kernel);
      const matrix = tf.reshape<tf.Rank.R2>(weights, [-1, outputs]);
      const constant = stopGradient(matrix);
      const v = unit(tf.matMul(constant, tf.reshape(required(state, direction), [outputs, 1])));
      const u = unit(tf.matMul(constant, v, true));
      const largest = tf.sum(tf.mul(v, tf.matMul(matrix, u as tf.Tensor2D)));
      const result = layer.apply({ ...state, [kernel]: tf.div(weights, largest) }, h, context);
      return { h: result.h, statistics: { ...result.statistics, ...(context.training && { [direction]: tf.reshape(u, [outputs]) }) } };
    },
  };
}

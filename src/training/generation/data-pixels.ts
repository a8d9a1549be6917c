import * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '../../networks/index.js';
import type { DrawSpec, GenerationArguments } from './generation-method.js';

const LEVELS = 256;

/** The noise that `dequantised` takes; none for tables. */
export const dequantisationDraws = ({ shape }: Generator, batchSize: number): Record<string, DrawSpec> =>
  (shape.inputShape.length === 3 ? { dequantisation: { shape: [batchSize, ...shape.inputShape], distribution: 'uniform' } } : {});

/**
 * Images of 256 grey levels spread over the continuum, (255 x + u) / 256 with u uniform on [0, 1): otherwise a
 * discriminator tells them from generated ones by their levels. Tables stay as they are.
 */
export function dequantised({ x, draws }: GenerationArguments): tf.Tensor {
  const noise = draws['dequantisation'];
  return noise === undefined ? x : tf.div(tf.add(tf.mul(x, LEVELS - 1), noise), LEVELS);
}

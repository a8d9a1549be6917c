import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layer.js';

/** What encoder, decoder and discriminator of one generator share. */
export interface GeneratorShape {
  /** One example: [height, width, channels] or [features]. */
  readonly inputShape: readonly number[];
  /** Range of its values. */
  readonly bounds: readonly [number, number];
  readonly classCount: number;
  readonly latent: number;
  /** A class y is an input of every part. */
  readonly conditional: boolean;
  /** Labels are variables like the pixels: drawn by the decoder, seen by the others. */
  readonly attributes: boolean;
}

/** Variables that a part may take besides its first argument; each there exactly when the shape says so. */
export interface Given {
  /** [batch, classes] one-hot. */
  readonly y?: tf.Tensor | undefined;
  /** [batch, classes] probabilities. */
  readonly labels?: tf.Tensor | undefined;
}

/** The state of a part of a generator. */
export type Specs = Pick<Layer, 'parameters' | 'statistics'>;

/** Number of entries that `withGiven` appends. */
export const givenWidth = ({ conditional, attributes, classCount }: GeneratorShape, takesLabels: boolean): number =>
  (conditional ? classCount : 0) + (attributes && takesLabels ? classCount : 0);

/** [h, y, labels] side by side: [batch, ...]. */
export function withGiven(h: tf.Tensor, { y, labels }: Given): tf.Tensor {
  const others = [y, labels].filter((tensor) => tensor !== undefined);
  return others.length === 0 ? h : tf.concat([h, ...others], -1);
}

/** x within bounds -> [0, 1] */
export const toUnit = (x: tf.Tensor, [low, high]: GeneratorShape['bounds']): tf.Tensor =>
  (low === 0 && high === 1 ? x : tf.div(tf.sub(x, low), high - low));

/** [0, 1] -> bounds */
export const fromUnit = (x: tf.Tensor, [low, high]: GeneratorShape['bounds']): tf.Tensor =>
  (low === 0 && high === 1 ? x : tf.add(tf.mul(x, high - low), low));

/** The class as an input of the parts, where the model is conditional; y one-hot. */
export const classGiven = ({ conditional }: GeneratorShape, y: tf.Tensor): Given => (conditional ? { y } : {});

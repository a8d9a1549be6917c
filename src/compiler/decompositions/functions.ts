import * as tf from '@tensorflow/tfjs-core';
import type { Decomposition, Decompositions } from './decomposition.js';

/**
 * The angle of the point (b, a): atan(min / max of the absolute values), turned into its octant. Zeros keep their sign
 * and equal infinities count as a diagonal, as `Math.atan2` has it.
 */
const atan2: Decomposition = ({ a, b }) => {
  const [y, x] = [tf.cast(a!, 'float32'), tf.cast(b!, 'float32')];
  const [height, width] = [tf.abs(y), tf.abs(x)];
  const [small, large] = [tf.minimum(height, width), tf.maximum(height, width)];
  const diagonal = tf.equal(small, large);
  const ratio = tf.where(diagonal, tf.cast(tf.greater(large, 0), 'float32'), tf.div(small, tf.where(diagonal, tf.onesLike(large), large)));
  const octant = tf.atan(ratio);
  const quadrant = tf.where(tf.greater(height, width), tf.sub(Math.PI / 2, octant), octant);
  const isNegative = (of: tf.Tensor): tf.Tensor => tf.logicalOr(tf.less(of, 0), tf.less(tf.div(1, of), 0));
  const half = tf.where(isNegative(x), tf.sub(Math.PI, quadrant), quadrant);
  const angle = tf.where(isNegative(y), tf.neg(half), half);
  return tf.cast(angle, a!.dtype === 'float32' ? 'float32' : 'int32');
};

/** Sums over the channels within `radius` of each channel, as a product with a matrix of ones and zeros. */
function overNeighbours(x: tf.Tensor, radius: number): tf.Tensor {
  const channels = x.shape.at(-1)!;
  const band = Array.from({ length: channels ** 2 }, (_, i) => (Math.abs(Math.floor(i / channels) - (i % channels)) <= radius ? 1 : 0));
  const rows = tf.reshape(x, [x.size / channels, channels]);
  return tf.reshape(tf.matMul(rows, tf.tensor2d(band, [channels, channels], 'float32')), x.shape);
}

/** bias + alpha * sum of the squares of neighbouring channels */
const lrnNorm = (x: tf.Tensor, { depthRadius, bias, alpha }: tf.NamedAttrMap): tf.Tensor =>
  tf.add(tf.mul(overNeighbours(tf.square(x), depthRadius as number), alpha as number), bias as number);

/** dx = dy n^-beta - 2 alpha beta x sum over neighbours of dy y / n */
export const lrnGradient: Decomposition = ({ x, y, dy }, attributes) => {
  const norm = lrnNorm(x!, attributes);
  const { alpha, beta, depthRadius } = attributes as { alpha: number; beta: number; depthRadius: number };
  const shared = overNeighbours(tf.div(tf.mul(dy!, y!), norm), depthRadius);
  return tf.sub(tf.mul(dy!, tf.pow(norm, -beta)), tf.mul(tf.mul(x!, 2 * alpha * beta), shared));
};

export const functionDecompositions: Decompositions = {
  Atan2: atan2,
  LRN: ({ x }, attributes) => tf.mul(x!, tf.pow(lrnNorm(x!, attributes), -(attributes.beta as number))),
  LRNGrad: lrnGradient,
};

import * as tf from '@tensorflow/tfjs-core';
import { withLength, type Decomposition, type Decompositions } from './decomposition.js';

/** Each new element is low + (high - low) * share of two elements of the old line. */
interface Taps { readonly low: readonly number[]; readonly high: readonly number[]; readonly share: readonly number[] }
type Mode = 'bilinear' | 'nearest';

/** Where the `to` elements of a new line lie on the old line of `from` elements. */
function tapsOf(mode: Mode, from: number, to: number, { alignCorners, halfPixelCenters }: tf.NamedAttrMap): Taps {
  const corners = Boolean(alignCorners);
  const ratio = corners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const places = Array.from({ length: to }, (_, i) => (halfPixelCenters ? ratio * (i + 0.5) : ratio * i));
  const inside = (place: number): number => Math.min(Math.max(place, 0), from - 1);
  if (mode === 'nearest') {
    const nearest = places.map((place) => inside(corners ? Math.round(place) : Math.floor(place)));
    return { low: nearest, high: nearest, share: places.map(() => 0) };
  }
  const centres = halfPixelCenters ? places.map((place) => place - 0.5) : places;
  const low = centres.map((centre) => Math.max(0, Math.floor(centre)));
  return { low, high: centres.map((centre) => inside(Math.ceil(centre))), share: centres.map((centre, i) => centre - low[i]!) };
}

function along(x: tf.Tensor, axis: number, { low, high, share }: Taps): tf.Tensor {
  const pick = (places: readonly number[]): tf.Tensor =>
    (places.length === x.shape[axis] && places.every((place, i) => place === i) ? x : tf.gather(x, tf.tensor1d([...places], 'int32'), axis));
  if (share.every((each) => each === 0)) return pick(low);
  const first = pick(low);
  const shares = tf.reshape(tf.tensor1d([...share]), withLength(x.shape.map(() => 1), axis, share.length));
  return tf.add(first, tf.mul(tf.sub(pick(high), first), shares));
}

const resize = (mode: Mode): Decomposition => ({ images }, attributes) => {
  const [height, width] = attributes.size as [number, number];
  const x = mode === 'bilinear' ? tf.cast(images!, 'float32') : images!;
  const wide = along(x, 2, tapsOf(mode, x.shape[2]!, width, attributes));
  return along(wide, 1, tapsOf(mode, x.shape[1]!, height, attributes));
};

/** dx = M^T dy along an axis, where row i of M [to, from] holds the weights of new element i. */
function backAlong(dy: tf.Tensor, axis: number, from: number, { low, high, share }: Taps): tf.Tensor {
  const to = low.length;
  const weights = new Float32Array(from * to); // M^T
  for (let i = 0; i < to; i++) {
    weights[low[i]! * to + i]! += 1 - share[i]!;
    weights[high[i]! * to + i]! += share[i]!;
  }
  const [before, behind] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const columns = behind.reduce((size, length) => size * length, 1);
  const lines = tf.reshape(dy, [...before, to, columns]);
  return tf.reshape(tf.matMul(tf.tensor2d(weights, [from, to]), lines), [...before, from, ...behind]);
}

const resizeGradient = (mode: Mode): Decomposition => ({ images, dy }, attributes) => {
  const [, height, width] = images!.shape as [number, number, number, number];
  const tall = backAlong(tf.cast(dy!, 'float32'), 1, height, tapsOf(mode, height, dy!.shape[1]!, attributes));
  return backAlong(tall, 2, width, tapsOf(mode, width, dy!.shape[2]!, attributes));
};

export const resizingDecompositions: Decompositions = {
  ResizeBilinear: resize('bilinear'),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeBilinearGrad: resizeGradient('bilinear'),
  ResizeNearestNeighborGrad: resizeGradient('nearest'),
};

import * as tf from '@tensorflow/tfjs-core';
import type { Decomposition, Decompositions, Operands } from './decomposition.js';
import { firstLargest, gathered, largestOf, taps, type Line } from './windows.js';

type Geometry = Parameters<typeof tf.backend_util.computeDilation2DInfo>;

function linesOf(x: readonly number[], filter: readonly number[], { strides, pad, dilations }: tf.NamedAttrMap): readonly [Line, Line] {
  const g = tf.backend_util.computeDilation2DInfo(
    x as Geometry[0], filter as Geometry[1], strides as Geometry[2], pad as Geometry[3], 'NHWC', dilations as Geometry[5],
  );
  return [
    { length: g.inHeight, window: g.filterHeight, stride: g.strideHeight, dilation: g.dilationHeight, before: g.padInfo.top, count: g.outHeight },
    { length: g.inWidth, window: g.filterWidth, stride: g.strideWidth, dilation: g.dilationWidth, before: g.padInfo.left, count: g.outWidth },
  ];
}

/** x + filter at every place of the filter, row by row: kh kw tensors [N,H',W',C]. */
function sums({ x, filter }: Operands, [rows, columns]: readonly [Line, Line]): tf.Tensor[] {
  const weights = tf.unstack(tf.reshape(filter!, [rows.window * columns.window, x!.shape[3]!]));
  const met = taps(x!, 1, rows, -Infinity).flatMap((band) => taps(band, 2, columns, -Infinity));
  return met.map((tap, i) => tf.add(tap, weights[i]!));
}

/** Greyscale dilation: the largest of x + filter under the filter; what lies outside of x does not count. */
const dilation: Decomposition = ({ x, filter }, attributes) => {
  const operands = { x: tf.cast(x!, 'float32'), filter: tf.cast(filter!, 'float32') };
  return tf.cast(largestOf(sums(operands, linesOf(x!.shape, filter!.shape, attributes))), x!.dtype === 'float32' ? 'float32' : 'int32');
};

/** dy at the place of the filter that gave the largest sum, the first of several: kh kw tensors. */
function routed(operands: Operands, lines: readonly [Line, Line]): tf.Tensor[] {
  const values = sums(operands, lines);
  return firstLargest(values, largestOf(values)).map((mask) => tf.mul(operands.dy!, mask));
}

const inputGradient: Decomposition = (operands, attributes) => {
  const lines = linesOf(operands.x!.shape, operands.filter!.shape, attributes);
  const [rows, columns] = lines;
  const dys = routed(operands, lines);
  const bands = Array.from({ length: rows.window }, (_, row) => gathered(dys.slice(row * columns.window, (row + 1) * columns.window), 2, columns));
  return gathered(bands, 1, rows);
};

const filterGradient: Decomposition = (operands, attributes) => {
  const { x, filter } = operands;
  const dys = routed(operands, linesOf(x!.shape, filter!.shape, attributes));
  return tf.reshape(tf.stack(dys.map((dy) => tf.sum(dy, [0, 1, 2]))), filter!.shape);
};

export const morphologyDecompositions: Decompositions = {
  Dilation2D: dilation,
  Dilation2DBackpropInput: inputGradient,
  Dilation2DBackpropFilter: filterGradient,
};

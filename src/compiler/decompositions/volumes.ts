import * as tf from '@tensorflow/tfjs-core';
import { kernel, type Decomposition, type Decompositions } from './decomposition.js';
import { extended, firstLargest, gathered, largestOf, reach, taps, type Line } from './windows.js';

type Shape5 = [number, number, number, number, number];
type Triple = [number, number, number];
type Volume = ReturnType<typeof tf.backend_util.computeConv3DInfo>;

/** Depth, height and width of a window over a volume [N,D,H,W,C]. */
const linesOf = (v: Volume): readonly [Line, Line, Line] => [
  { length: v.inDepth, window: v.filterDepth, stride: v.strideDepth, dilation: v.dilationDepth, before: v.padInfo.front, count: v.outDepth },
  { length: v.inHeight, window: v.filterHeight, stride: v.strideHeight, dilation: v.dilationHeight, before: v.padInfo.top, count: v.outHeight },
  { length: v.inWidth, window: v.filterWidth, stride: v.strideWidth, dilation: v.dilationWidth, before: v.padInfo.left, count: v.outWidth },
];

const convolutionLines = (x: readonly number[], filter: readonly number[], { strides, pad, dilations }: tf.NamedAttrMap): readonly [Line, Line, Line] =>
  linesOf(tf.backend_util.computeConv3DInfo(x as Shape5, filter as Shape5, strides as Triple, (dilations ?? 1) as Triple, pad as 'same'));

const poolingLines = (x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: tf.NamedAttrMap): readonly [Line, Line, Line] =>
  linesOf(tf.backend_util.computePool3DInfo(x as Shape5, filterSize as Triple, strides as Triple, 1, pad as 'same', dimRoundingMode as 'floor'));

/**
 * Attributes of the two-dimensional kernels along height and width; negative padding was cut off before. 'same' remains 'same':
 * it stands for the same numbers, and the backend `tensorflow` takes no others.
 */
const planar = (rows: Line, columns: Line, { pad }: tf.NamedAttrMap): tf.NamedAttrMap => {
  const pads = (line: Line): number[] => [Math.max(0, line.before), Math.max(0, reach(line))];
  return {
    strides: [rows.stride, columns.stride], pad: pad === 'same' ? pad : [[0, 0], pads(rows), pads(columns), [0, 0]], dilations: [rows.dilation, columns.dilation],
    dataFormat: 'NHWC', filterSize: [rows.window, columns.window],
  };
};

/** Rows and columns before the first window of a stride larger than the window are never read. */
const cut = (x: tf.Tensor, rows: Line, columns: Line): tf.Tensor =>
  extended(extended(x, 2, Math.min(0, rows.before), 0), 3, Math.min(0, columns.before), 0);
const uncut = (dx: tf.Tensor, rows: Line, columns: Line): tf.Tensor =>
  extended(extended(dx, 2, Math.max(0, -rows.before), 0), 3, Math.max(0, -columns.before), 0);

/** [N,D,H,W,C] -> [N D,H,W,C] and back */
const folded = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0] * x.shape[1]!, ...x.shape.slice(2)]);
const unfolded = (x: tf.Tensor, depth: number): tf.Tensor => tf.reshape(x, [x.shape[0] / depth, depth, ...x.shape.slice(1)]);

/** The frames that each place of the filter's depth meets, as channels: [N D',H,W,kd C]. */
const framesAsChannels = (x: tf.Tensor, [depth, rows, columns]: readonly [Line, Line, Line]): tf.Tensor =>
  folded(tf.concat(taps(cut(x, rows, columns), 1, depth, 0), 4));

/** [kd,kh,kw,C,O] -> [kh,kw,kd C,O] and back */
const flatFilter = (filter: tf.Tensor): tf.Tensor => {
  const [kd, kh, kw, c, o] = filter.shape as Shape5;
  return tf.reshape(tf.transpose(filter, [1, 2, 0, 3, 4]), [kh, kw, kd * c, o]);
};
const deepFilter = (flat: tf.Tensor, [kd, kh, kw, c, o]: Shape5): tf.Tensor => tf.transpose(tf.reshape(flat, [kh, kw, kd, c, o]), [2, 0, 1, 3, 4]);

/** One convolution of images whose channels are the frames under the filter. */
const convolve: Decomposition = ({ x, filter }, attributes) => {
  const lines = convolutionLines(x!.shape, filter!.shape, attributes);
  const y = kernel('Conv2D', { x: framesAsChannels(x!, lines), filter: flatFilter(filter!) }, planar(lines[1], lines[2], attributes));
  return tf.cast(unfolded(y, lines[0].count), x!.dtype === 'float32' ? 'float32' : 'int32');
};

const convolveInputGradient: Decomposition = ({ dy, filter }, attributes) => {
  const shape = attributes.inputShape as Shape5;
  const [depth, rows, columns] = convolutionLines(shape, filter!.shape, attributes);
  const [n, , height, width, channels] = shape;
  const inputShape = [n * depth.count, height + Math.min(0, rows.before), width + Math.min(0, columns.before), depth.window * channels];
  const frames = kernel('Conv2DBackpropInput', { dy: folded(dy!), filter: flatFilter(filter!) }, { ...planar(rows, columns, attributes), inputShape });
  return uncut(gathered(tf.split(unfolded(frames, depth.count), depth.window, 4), 1, depth), rows, columns);
};

const convolveFilterGradient: Decomposition = ({ x, dy }, attributes) => {
  const shape = attributes.filterShape as Shape5;
  const lines = convolutionLines(x!.shape, shape, attributes);
  const [kd, kh, kw, c, o] = shape;
  const operands = { x: framesAsChannels(x!, lines), dy: folded(dy!) };
  return deepFilter(kernel('Conv2DBackpropFilter', operands, { ...planar(lines[1], lines[2], attributes), filterShape: [kh, kw, kd * c, o] }), shape);
};

/** Pooling of every frame: [N,D,H',W',C]. */
const poolFrames = (name: 'MaxPool' | 'AvgPool', x: tf.Tensor, rows: Line, columns: Line, attributes: tf.NamedAttrMap): tf.Tensor =>
  unfolded(kernel(name, { x: folded(cut(x, rows, columns)) }, planar(rows, columns, attributes)), x.shape[1]!);

/** Maximum of the frames' maxima. */
const maxPool: Decomposition = ({ x }, attributes) => {
  const [depth, rows, columns] = poolingLines(x!.shape, attributes);
  return largestOf(taps(poolFrames('MaxPool', tf.cast(x!, 'float32'), rows, columns, attributes), 1, depth, -Infinity));
};

/** Mean of the frames' means over those frames of the window that are not padding. */
const avgPool: Decomposition = ({ x }, attributes) => {
  const [depth, rows, columns] = poolingLines(x!.shape, attributes);
  const sum = taps(poolFrames('AvgPool', tf.cast(x!, 'float32'), rows, columns, attributes), 1, depth, 0).reduce((a, b) => tf.add(a, b));
  const covered = Array.from({ length: depth.count }, (_, i) => {
    const start = i * depth.stride - depth.before;
    return Math.max(1, Math.min(start + depth.window, depth.length) - Math.max(start, 0));
  });
  return tf.div(sum, tf.reshape(tf.tensor1d(covered), [1, depth.count, 1, 1, 1]));
};

/** Ties go to the first frame, and within it to the first place. */
const maxPoolGradient: Decomposition = ({ dy, input }, attributes) => {
  const [depth, rows, columns] = poolingLines(input!.shape, attributes);
  const frames = poolFrames('MaxPool', input!, rows, columns, attributes);
  const values = taps(frames, 1, depth, -Infinity);
  const chosen = firstLargest(values, largestOf(values)).map((mask) => tf.mul(dy!, mask));
  const operands = { dy: folded(gathered(chosen, 1, depth)), input: folded(cut(input!, rows, columns)), output: folded(frames) };
  return uncut(unfolded(kernel('MaxPoolGrad', operands, planar(rows, columns, attributes)), input!.shape[1]!), rows, columns);
};

/** dy over the whole window at each of its places, also where part of the window is padding: so the eager kernel has it. */
const avgPoolGradient: Decomposition = ({ dy, input }, attributes) => {
  const [depth, rows, columns] = poolingLines(input!.shape, attributes);
  const share = tf.div(dy!, depth.window);
  const frames = folded(gathered(Array<tf.Tensor>(depth.window).fill(share), 1, depth));
  const flat = kernel('AvgPoolGrad', { dy: frames, input: folded(cut(input!, rows, columns)) }, planar(rows, columns, attributes));
  return uncut(unfolded(flat, input!.shape[1]!), rows, columns);
};

export const volumeDecompositions: Decompositions = {
  Conv3D: convolve,
  Conv3DBackpropInputV2: convolveInputGradient,
  Conv3DBackpropFilterV2: convolveFilterGradient,
  MaxPool3D: maxPool,
  AvgPool3D: avgPool,
  MaxPool3DGrad: maxPoolGradient,
  AvgPool3DGrad: avgPoolGradient,
};

import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { deflated, inflated, inflatedShape } from '../decompositions/dilated-filters.js';
import type { Convolution, Pooling } from '../graph/primitives.js';
import { atBatch } from '../signature.js';
import type { EvaluationRules } from './rule.js';

const channelsLast = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 3, 1]); // NCHW -> NHWC
const channelsFirst = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 3, 1, 2]); // NHWC -> NCHW
const toEagerFilter = (filter: tf.Tensor): tf.Tensor => tf.transpose(filter, [2, 3, 1, 0]); // OIHW -> HWIO
const fromEagerFilter = (filter: tf.Tensor): tf.Tensor => tf.transpose(filter, [3, 2, 0, 1]); // HWIO -> OIHW

/** Attributes of the eager kernels. */
const eager = ({ strides, pads: [top, left, bottom, right] }: Convolution | Pooling): tf.NamedAttrMap => ({
  strides: [...strides], pad: [[0, 0], [top, bottom], [left, right], [0, 0]], dataFormat: 'NHWC',
});
const eagerPool = (attributes: Pooling): tf.NamedAttrMap => ({ ...eager(attributes), filterSize: [...attributes.window] });

/** Runs `f` on the channel groups of both operands and joins the results along `axis`. */
function perGroup(a: tf.Tensor, axisA: number, b: tf.Tensor, axisB: number, groups: number, axis: number, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (groups === 1) return f(a, b);
  const parts = tf.split(b, groups, axisB);
  return tf.concat(tf.split(a, groups, axisA).map((part, i) => f(part, parts[i]!)), axis);
}

/** Window size over the number of its elements that lie on the image, [1,H',W',1]. */
function overCoverage({ window, strides, pads }: Pooling, image: readonly number[], result: readonly number[]): tf.Tensor {
  const along = (axis: 0 | 1): tf.Tensor => tf.tensor1d(Array.from({ length: result[axis + 2]! }, (_, i) => {
    const start = i * strides[axis] - pads[axis];
    return window[axis] / (Math.min(start + window[axis], image[axis + 2]!) - Math.max(start, 0));
  }));
  return tf.mul(tf.reshape(along(0), [1, -1, 1, 1]), tf.reshape(along(1), [1, 1, -1, 1]));
}

const blocked = (x: tf.Tensor, block: number): tf.Tensor => {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return tf.transpose(tf.reshape(x, [n, c / block, block, h, w]), [0, 1, 3, 4, 2]);
};

function unblocked(x: tf.Tensor): tf.Tensor {
  const [n, groups, h, w, block] = x.shape as [number, number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 1, 4, 2, 3]), [n, groups * block, h, w]);
}

/** [O/b,C/b,kh,kw,b,b] or [O/b,C,kh,kw,b] -> OIHW */
function unblockedFilter(filter: tf.Tensor): tf.Tensor {
  const [outer, inner, h, w, block] = filter.shape as [number, number, number, number, number];
  if (filter.rank === 5) return tf.reshape(tf.transpose(filter, [0, 4, 1, 2, 3]), [outer * block, inner, h, w]);
  return tf.reshape(tf.transpose(filter, [0, 5, 1, 4, 2, 3]), [outer * block, inner * block, h, w]);
}

type Images =
  | 'toBlocked' | 'fromBlocked' | 'blockedConv' | 'conv' | 'convInputGradient' | 'convFilterGradient' | 'maxPool' | 'avgPool' | 'maxPoolGradient' | 'maxPoolIndices' | 'avgPoolGradient';

const convolve: EvaluationRules<'conv'>['conv'] = ([x, filter], attributes) => perGroup(x!, 1, filter!, 0, attributes.groups, 1, (image, weights) =>
  channelsFirst(kernel('Conv2D', { x: channelsLast(image), filter: toEagerFilter(weights) }, { ...eager(attributes), dilations: [...attributes.dilations] })));

export const imageEvaluation: EvaluationRules<Images> = {
  toBlocked: ([x], { block }) => blocked(x!, block),
  fromBlocked: ([x]) => unblocked(x!),
  blockedConv: ([x, filter], attributes, batch) => {
    const image = x!.rank === 5 ? unblocked(x!) : x!;
    return blocked(convolve([image, unblockedFilter(filter!)], attributes, batch), filter!.shape.at(-1)!);
  },
  conv: convolve,
  convInputGradient: ([dy, filter], attributes, batch) => perGroup(dy!, 1, filter!, 0, attributes.groups, 1, (gradient, weights) => {
    const [n, c, h, w] = atBatch(attributes.inputShape, batch) as [number, number, number, number];
    const inputShape = [n, h, w, c / attributes.groups];
    const dense = inflated(toEagerFilter(weights), attributes.dilations); // the eager kernels know no dilation
    return channelsFirst(kernel('Conv2DBackpropInput', { dy: channelsLast(gradient), filter: dense }, { ...eager(attributes), inputShape }));
  }),
  convFilterGradient: ([x, dy], attributes) => perGroup(x!, 1, dy!, 1, attributes.groups, 0, (image, gradient) => {
    const [o, i, h, w] = attributes.filterShape as [number, number, number, number];
    const filterShape = inflatedShape([h, w, i, o / attributes.groups], attributes.dilations);
    const dense = kernel('Conv2DBackpropFilter', { x: channelsLast(image), dy: channelsLast(gradient) }, { ...eager(attributes), filterShape });
    return fromEagerFilter(deflated(dense, attributes.dilations));
  }),
  maxPool: ([x], attributes) => channelsFirst(kernel('MaxPool', { x: channelsLast(x!) }, eagerPool(attributes))),
  avgPool: ([x], attributes) => channelsFirst(kernel('AvgPool', { x: channelsLast(x!) }, eagerPool(attributes))),
  maxPoolGradient: ([x, y, dy], attributes) => {
    const operands = { input: channelsLast(x!), output: channelsLast(y!), dy: channelsLast(dy!) };
    return channelsFirst(kernel('MaxPoolGrad', operands, eagerPool(attributes)));
  },
  maxPoolIndices: ([x], attributes) => {
    const argmax = { ...eagerPool(attributes), includeBatchInIndex: false }; // (row * W + column) * C + channel
    const [, places] = tf.engine().runKernel<tf.Tensor[]>('MaxPoolWithArgmax', { x: channelsLast(x!) }, argmax);
    return channelsFirst(tf.floorDiv(places!, tf.scalar(x!.shape[1]!, 'int32')));
  },
  avgPoolGradient: ([dy], attributes, batch) => {
    const shape = atBatch(attributes.inputShape, batch);
    const scaled = tf.mul(channelsLast(dy!), overCoverage(attributes, shape, dy!.shape)); // the eager kernel divides by the window
    const input = tf.zeros([shape[0]!, shape[2]!, shape[3]!, shape[1]!]);
    return channelsFirst(kernel('AvgPoolGrad', { dy: scaled, input }, eagerPool(attributes)));
  },
};

import * as tf from '@tensorflow/tfjs-core';
import { constant } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { Pooling } from '../../graph/primitives.js';
import type { KernelCall, KernelRules } from '../kernel-rule.js';
import { fromChannelsFirst, padsOf, toChannelsFirst } from './images.js';

type Shape4 = [number, number, number, number];
type Geometry = Parameters<typeof tf.backend_util.computePool2DInfo>;

/** Attributes of the primitives from the image shape (NHWC) and the kernel's attributes. */
function geometryOf(call: KernelCall, image: readonly number[]): Pooling {
  const { filterSize, strides, pad, dimRoundingMode } = call.attributes;
  const info = tf.backend_util.computePool2DInfo(
    image as Shape4, filterSize as Geometry[1], strides as Geometry[2], 1, pad as Geometry[4], dimRoundingMode as Geometry[5],
  );
  return { window: [info.filterHeight, info.filterWidth], strides: [info.strideHeight, info.strideWidth], pads: padsOf(info) };
}

const pool = (op: 'maxPool' | 'avgPool') => (call: KernelCall): Node => {
  const x = call.float('x');
  const pooled = fromChannelsFirst(call, call.emit(op, [toChannelsFirst(call, x)], geometryOf(call, x.shape)));
  return op === 'maxPool' ? call.cast(pooled, call.operand('x').dtype) : pooled;
};

/** The share of each window [1,1,H',W'] that lies on the image and not on its padding. */
function coverage({ window, strides, pads }: Pooling, image: readonly number[], result: readonly number[]): Node {
  const along = (axis: 0 | 1): number[] => Array.from({ length: result[axis + 2]! }, (_, i) => {
    const start = i * strides[axis] - pads[axis];
    return (Math.min(start + window[axis], image[axis + 2]!) - Math.max(start, 0)) / window[axis];
  });
  const columns = along(1);
  const shares = along(0).flatMap((row) => columns.map((column) => row * column));
  return constant(Float32Array.from(shares), [1, 1, result[2]!, result[3]!], 'float32');
}

/**
 * The eager kernel divides by the whole window even where part of it is padding, unlike its forward kernel; the
 * primitive divides by the covered part, so dy takes the coverage as a factor.
 */
function avgPoolGradient(call: KernelCall): Node {
  const dy = toChannelsFirst(call, call.float('dy'));
  const { shape } = call.operand('input');
  const geometry = geometryOf(call, shape);
  const inputShape = [shape[0]!, shape[3]!, shape[1]!, shape[2]!];
  const padded = geometry.pads.some((length) => length > 0);
  const scaled = padded ? call.emit('mul', [dy, coverage(geometry, inputShape, dy.shape)], {}) : dy;
  return fromChannelsFirst(call, call.emit('avgPoolGradient', [scaled], { ...geometry, inputShape }));
}

/** Maxima and where they stand: (row W + column) C + channel, counted through each image or through the whole batch. */
function poolWithArgmax(call: KernelCall): Node[] {
  const x = call.float('x');
  const [batch, height, width, channels] = x.shape as Shape4;
  const geometry = geometryOf(call, x.shape);
  const image = toChannelsFirst(call, x);
  const inPlane = fromChannelsFirst(call, call.emit('maxPoolIndices', [image], geometry)); // [N,H',W',C]
  const int = (value: number): Node => call.scalar(value, 'int32');
  const scaled = call.emit('mul', [inPlane, int(channels)], {});
  const inImage = call.emit('add', [scaled, constant(Int32Array.from({ length: channels }, (_, i) => i), [channels], 'int32')], {});
  const pooled = call.cast(fromChannelsFirst(call, call.emit('maxPool', [image], geometry)), call.operand('x').dtype);
  if (!call.attributes.includeBatchInIndex) return [pooled, inImage];
  const first = call.emit('mul', [call.reshape(call.counted(batch), [batch, 1, 1, 1]), int(height * width * channels)], {});
  return [pooled, call.emit('add', [inImage, first], {})];
}

export const poolingKernels: KernelRules = {
  MaxPool: pool('maxPool'),
  AvgPool: pool('avgPool'),
  MaxPoolGrad: (call) => {
    const operands = [call.float('input'), call.float('output'), call.float('dy')];
    const images = operands.map((image) => toChannelsFirst(call, image));
    return fromChannelsFirst(call, call.emit('maxPoolGradient', images, geometryOf(call, operands[0]!.shape)));
  },
  AvgPoolGrad: avgPoolGradient,
  MaxPoolWithArgmax: poolWithArgmax,
};

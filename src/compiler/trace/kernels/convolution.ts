import * as tf from '@tensorflow/tfjs-core';
import type { Node } from '../../graph/graph.js';
import type { Convolution } from '../../graph/primitives.js';
import type { KernelCall, KernelRules } from '../kernel-rule.js';
import { finish } from './fused.js';
import { channelsFirstShape, channelsLastShape, fromChannelsFirst, padsOf, toChannelsFirst } from './images.js';

type Shape4 = [number, number, number, number];
type Geometry = Parameters<typeof tf.backend_util.computeConv2DInfo>;

/** HWIO -> OIHW, and for depthwise filters HWC(multiplier) -> (C x multiplier)1HW */
const toFilter = (call: KernelCall, filter: Node): Node => call.transpose(filter, [3, 2, 0, 1]);
const fromFilter = (call: KernelCall, filter: Node): Node => call.transpose(filter, [2, 3, 1, 0]);

function toDepthwiseFilter(call: KernelCall, filter: Node): Node {
  const [height, width, channels, multiplier] = filter.shape as Shape4;
  return call.reshape(call.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

/** Attributes of the primitives from image shape (kernel layout), filter shape (HWIO) and the kernel's attributes. */
function geometryOf(call: KernelCall, image: readonly number[], filter: readonly number[], depthwise = false): Convolution {
  const { strides, pad, dilations, dimRoundingMode } = call.attributes;
  const info = tf.backend_util.computeConv2DInfo(
    channelsLastShape(call, image), filter as Shape4, strides as Geometry[2], (dilations ?? 1) as Geometry[3], pad as Geometry[4],
    dimRoundingMode as Geometry[5], depthwise,
  );
  return {
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    dilations: [info.dilationHeight, info.dilationWidth],
    groups: depthwise ? info.inChannels : 1,
  };
}

function convolve(call: KernelCall): Node {
  const [x, filter] = [call.float('x'), call.float('filter')];
  const y = call.emit('conv', [toChannelsFirst(call, x), toFilter(call, filter)], geometryOf(call, x.shape, filter.shape));
  return fromChannelsFirst(call, y);
}

function convolveDepthwise(call: KernelCall): Node {
  const [x, filter] = [call.float('x'), call.float('filter')];
  const y = call.emit('conv', [toChannelsFirst(call, x), toDepthwiseFilter(call, filter)], geometryOf(call, x.shape, filter.shape, true));
  return fromChannelsFirst(call, y);
}

/** dx of a convolution, depthwise or not. */
function inputGradient(call: KernelCall, depthwise: boolean): Node {
  const [dy, filter] = [call.float('dy'), call.float('filter')];
  const shape = call.attributes.inputShape as number[];
  const kernel = depthwise ? toDepthwiseFilter(call, filter) : toFilter(call, filter);
  const attributes = { ...geometryOf(call, shape, filter.shape, depthwise), inputShape: channelsFirstShape(call, shape) };
  return fromChannelsFirst(call, call.emit('convInputGradient', [toChannelsFirst(call, dy), kernel], attributes));
}

function filterGradient(call: KernelCall): Node {
  const [x, dy] = [call.float('x'), call.float('dy')];
  const shape = call.attributes.filterShape as Shape4;
  const attributes = { ...geometryOf(call, x.shape, shape), filterShape: [shape[3], shape[2], shape[0], shape[1]] };
  return fromFilter(call, call.emit('convFilterGradient', [toChannelsFirst(call, x), toChannelsFirst(call, dy)], attributes));
}

function depthwiseFilterGradient(call: KernelCall): Node {
  const [x, dy] = [call.float('x'), call.float('dy')];
  const [height, width, channels, multiplier] = call.attributes.filterShape as Shape4;
  const attributes = {
    ...geometryOf(call, x.shape, [height, width, channels, multiplier], true),
    filterShape: [channels * multiplier, 1, height, width],
  };
  const flat = call.emit('convFilterGradient', [toChannelsFirst(call, x), toChannelsFirst(call, dy)], attributes);
  return call.transpose(call.reshape(flat, [channels, multiplier, height, width]), [2, 3, 0, 1]);
}

export const convolutionKernels: KernelRules = {
  Conv2D: convolve,
  FusedConv2D: (call) => finish(call, convolve(call)),
  Conv2DBackpropInput: (call) => inputGradient(call, false),
  Conv2DBackpropFilter: filterGradient,
  DepthwiseConv2dNative: convolveDepthwise,
  FusedDepthwiseConv2D: (call) => finish(call, convolveDepthwise(call)),
  DepthwiseConv2dNativeBackpropInput: (call) => inputGradient(call, true),
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
};

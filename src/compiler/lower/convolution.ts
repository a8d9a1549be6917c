import type { NodeOf } from '../graph/graph.js';
import type { Convolution } from '../graph/primitives.js';
import type { Shape } from '../tensors.js';
import { transposeMatrices } from './linear-algebra.js';
import type { OnnxAttributes } from './onnx-proto.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';
import { reverseAxes, sliceAxes } from './shape.js';

export const convolutionAttributes = ({ strides, pads, dilations, groups }: Convolution, kernel: readonly number[]): OnnxAttributes => ({
  strides: { ints: strides },
  pads: { ints: pads },
  dilations: { ints: dilations },
  group: { i: groups },
  kernel_shape: { ints: kernel },
});

/** Filter [O,C/g,kh,kw] -> [C,O/g,kh,kw], turned by 180 degrees: what carries dy back to x. */
function adjointFilter(filter: string, shape: Shape, groups: number, onnx: OnnxBuilder): string {
  const [outputs, inputsPerGroup, height, width] = shape as [number, number, number, number];
  const turned = reverseAxes(filter, [2, 3].filter((axis) => shape[axis]! > 1), onnx);
  if (groups === 1) return onnx.transpose(turned, [1, 0, 2, 3]);
  const grouped = onnx.reshape(turned, [groups, outputs / groups, inputsPerGroup, height, width]);
  return onnx.reshape(onnx.transpose(grouped, [0, 2, 1, 3, 4]), [groups * inputsPerGroup, outputs / groups, height, width]);
}

/**
 * dx = dy * turned filter, with pads k_eff - 1 - pad. For a stride above 1, ONNX Runtime's `ConvTranspose` needs a
 * fraction of the multiplications of a convolution over zero-filled dy.
 */
const inputGradient: LoweringRule<'convInputGradient'> = (node, [dy, filter], onnx) => {
  const { attributes } = node;
  const { strides, pads, dilations, groups, inputShape } = attributes;
  const [gradient, weights] = node.inputs;
  const kernel = weights!.shape.slice(2);
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilations[i]!);
  const before = [0, 1].map((i) => reach[i]! - pads[i]!);
  // dx[i] needs every y with y * stride + k * dilation - pad = i; what the forward pass never reached stays 0.
  const after = [0, 1].map((i) => inputShape[i + 2]! - (gradient!.shape[i + 2]! - 1) * strides[i]! - 1 + pads[i]!);
  const withinPads = [...before, ...after].every((amount) => amount >= 0);
  if (strides.every((stride) => stride === 1) && withinPads) {
    const convolution = { strides, pads: [...before, ...after] as [number, number, number, number], dilations, groups };
    return onnx.op('Conv', [dy!, adjointFilter(filter!, weights!.shape, groups, onnx)], convolutionAttributes(convolution, kernel));
  }
  return transposedConvolution(node, dy!, filter!, onnx);
};

function transposedConvolution({ attributes, inputs: [gradient, weights] }: NodeOf<'convInputGradient'>, dy: string, filter: string, onnx: OnnxBuilder): string {
  const { strides, pads, dilations, inputShape } = attributes;
  const kernel = weights!.shape.slice(2);
  // Rows of x behind the last window get their zeros from output_padding.
  const covered = [0, 1].map((i) => (gradient!.shape[i + 2]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - pads[i]! - pads[i + 2]!);
  const missing = covered.map((length, i) => inputShape[i + 2]! - length);
  return onnx.op('ConvTranspose', [dy, filter], { ...convolutionAttributes(attributes, kernel), output_padding: { ints: missing } });
}

/** x [N,C,H,W] -> columns [N, C kh kw, H'W']: for each channel one shifted copy for each place of the filter. */
function imageToColumns(node: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string {
  const { attributes, inputs: [image, gradient] } = node;
  const [kernelHeight, kernelWidth] = attributes.filterShape.slice(2) as [number, number];
  const [batch, channels] = image!.shape as [number, number];
  const [height, width] = gradient!.shape.slice(2) as [number, number];
  const places = kernelHeight * kernelWidth;
  const columns = places === 1 ? sampledImage(node, x, onnx) : places <= mostOneHotPlaces ? oneHotColumns(node, x, onnx) : slicedColumns(node, x, onnx);
  return onnx.reshape(columns, [batch, channels * places, height * width]);
}

/** The multiplications of `oneHotColumns` stay below those of the product it serves while filters have few places. */
const mostOneHotPlaces = 32;

/**
 * A depthwise convolution whose filters are the rows of an identity copies, pads and strides in one native loop, two to
 * three times as fast as pad, slices and concat: [N, C kh kw, H', W'].
 */
function oneHotColumns({ attributes, inputs: [image] }: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string {
  const channels = image!.shape[1]!;
  const kernel = attributes.filterShape.slice(2) as [number, number];
  const places = kernel[0] * kernel[1];
  const filters = new Float32Array(channels * places * places);
  for (let i = 0; i < channels * places; i++) filters[i * places + (i % places)] = 1;
  const identity = onnx.constant('float32', [channels * places, 1, ...kernel], filters);
  return onnx.op('Conv', [x, identity], convolutionAttributes({ ...attributes, groups: channels }, kernel));
}

/** The elements of padded x that the place (row, column) of the filter meets: [N, C, H', W']. */
function shiftedImage({ attributes, inputs: [image, gradient] }: NodeOf<'convFilterGradient'>, padded: string, place: readonly [number, number], onnx: OnnxBuilder): string {
  const { strides, pads, dilations } = attributes;
  const shape = image!.shape.map((length, axis) => (axis < 2 ? length : length + pads[axis - 2]! + pads[axis]!));
  const begin = [0, 0, place[0] * dilations[0], place[1] * dilations[1]];
  const end = shape.map((length, axis) => (axis < 2 ? length : begin[axis]! + (gradient!.shape[axis]! - 1) * strides[axis - 2]! + 1));
  return sliceAxes(padded, shape, begin, end, [1, 1, ...strides], onnx);
}

function paddedImage({ attributes: { pads } }: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string {
  if (pads.every((amount) => amount === 0)) return x;
  return onnx.op('Pad', [x, onnx.int64([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]), onnx.scalar('float32', 0)]);
}

/** The columns of a filter with one place. */
const sampledImage = (node: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string => shiftedImage(node, paddedImage(node, x, onnx), [0, 0], onnx);

/** Columns from slices of the padded image: [N, C, kh kw, H', W']. */
function slicedColumns(node: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string {
  const [kernelHeight, kernelWidth] = node.attributes.filterShape.slice(2) as [number, number];
  const padded = paddedImage(node, x, onnx);
  const copies = Array.from({ length: kernelHeight * kernelWidth }, (_, place) => {
    const copy = shiftedImage(node, padded, [Math.floor(place / kernelWidth), place % kernelWidth], onnx);
    return onnx.op('Unsqueeze', [copy, onnx.int64([2])]);
  });
  return onnx.op('Concat', copies, { axis: { i: 2 } });
}

/** dFilter = sum over the batch of dy_n columns_n^T: im2col in NCHW and one batched product. */
const filterGradient: LoweringRule<'convFilterGradient'> = (node, [x, dy], onnx) => {
  const { groups, filterShape } = node.attributes;
  const [outputs, channels, kernelHeight, kernelWidth] = filterShape as [number, number, number, number];
  const [batch, , height, width] = node.inputs[1]!.shape as [number, number, number, number];
  const [positions, places] = [height * width, kernelHeight * kernelWidth];
  const grouped = groups === 1 ? [] : [groups];
  const rows = onnx.reshape(dy!, [batch, ...grouped, outputs / groups, positions]);
  const flat = imageToColumns(node, x!, onnx);
  const columns = groups === 1 ? flat : onnx.reshape(flat, [batch, groups, channels * places, positions]);
  const perExample = onnx.op('MatMul', [rows, transposeMatrices(columns, 3 + grouped.length, onnx)]); // [N, (g,) O/g, C/g kh kw]
  const sum = onnx.op('ReduceSum', [perExample, onnx.int64([0])], { keepdims: { i: 0 } });
  return onnx.reshape(sum, filterShape);
};

export const convolutionRules: LoweringRules<'conv' | 'convInputGradient' | 'convFilterGradient'> = {
  conv: ({ attributes, inputs: [, filter] }, inputs, onnx) => onnx.op('Conv', inputs, convolutionAttributes(attributes, filter!.shape.slice(2))),
  convInputGradient: inputGradient,
  convFilterGradient: filterGradient,
};

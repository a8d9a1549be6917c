import type { NodeOf } from '../graph/graph.js';
import type { Convolution } from '../graph/primitives.js';
import type { Shape } from '../tensors.js';
import type { OnnxAttributes } from './onnx-proto.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';
import { reverseAxes, sliceAxes } from './shape.js';
import { transposeMatrices } from './linear-algebra.js';

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

/** x [N,C,H,W] -> columns [N, kh kw C, H'W']: one shifted copy of x for each place of the filter, stacked on channels. */
function imageToColumns({ attributes, inputs: [image, gradient] }: NodeOf<'convFilterGradient'>, x: string, onnx: OnnxBuilder): string {
  const { strides, pads, dilations, filterShape } = attributes;
  const [batch, channels, height, width] = image!.shape as [number, number, number, number];
  const output = gradient!.shape.slice(2) as [number, number];
  const [kernelHeight, kernelWidth] = filterShape.slice(2) as [number, number];
  const padded = [height + pads[0] + pads[2], width + pads[1] + pads[3]] as const;
  const source = pads.some((amount) => amount > 0)
    ? onnx.op('Pad', [x, onnx.int64([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]), onnx.scalar('float32', 0)])
    : x;
  const shifted: string[] = [];
  for (let row = 0; row < kernelHeight; row++) {
    for (let column = 0; column < kernelWidth; column++) {
      const begin = [0, 0, row * dilations[0], column * dilations[1]];
      const end = [batch, channels, begin[2]! + (output[0] - 1) * strides[0] + 1, begin[3]! + (output[1] - 1) * strides[1] + 1];
      shifted.push(sliceAxes(source, [batch, channels, ...padded], begin, end, [1, 1, ...strides], onnx));
    }
  }
  const stacked = shifted.length === 1 ? shifted[0]! : onnx.op('Concat', shifted, { axis: { i: 1 } });
  return onnx.reshape(stacked, [batch, kernelHeight * kernelWidth * channels, output[0] * output[1]]);
}

/** dFilter = sum over the batch of dy_n columns_n^T: im2col in NCHW and one batched product. */
const filterGradient: LoweringRule<'convFilterGradient'> = (node, [x, dy], onnx) => {
  const { groups, filterShape } = node.attributes;
  const [outputs, channels, kernelHeight, kernelWidth] = filterShape as [number, number, number, number];
  const [batch, , height, width] = node.inputs[1]!.shape as [number, number, number, number];
  const positions = height * width;
  const places = kernelHeight * kernelWidth;
  const columns = imageToColumns(node, x!, onnx);
  if (groups === 1) {
    const rows = onnx.reshape(dy!, [batch, outputs, positions]);
    const perExample = onnx.op('MatMul', [rows, transposeMatrices(columns, 3, onnx)]); // [N, O, kh kw C]
    const sum = onnx.op('ReduceSum', [perExample, onnx.int64([0])], { keepdims: { i: 0 } });
    return onnx.transpose(onnx.reshape(sum, [outputs, kernelHeight, kernelWidth, channels]), [0, 3, 1, 2]);
  }
  const rows = onnx.reshape(dy!, [batch, groups, outputs / groups, positions]);
  const split = onnx.transpose(onnx.reshape(columns, [batch, places, groups, channels, positions]), [0, 2, 1, 3, 4]);
  const perGroup = onnx.reshape(split, [batch, groups, places * channels, positions]);
  const perExample = onnx.op('MatMul', [rows, transposeMatrices(perGroup, 4, onnx)]); // [N, g, O/g, kh kw C/g]
  const sum = onnx.op('ReduceSum', [perExample, onnx.int64([0])], { keepdims: { i: 0 } });
  return onnx.transpose(onnx.reshape(sum, [outputs, kernelHeight, kernelWidth, channels]), [0, 3, 1, 2]);
};

export const convolutionRules: LoweringRules<'conv' | 'convInputGradient' | 'convFilterGradient'> = {
  conv: ({ attributes, inputs: [, filter] }, inputs, onnx) => onnx.op('Conv', inputs, convolutionAttributes(attributes, filter!.shape.slice(2))),
  convInputGradient: inputGradient,
  convFilterGradient: filterGradient,
};

import type { Node } from '../graph/graph.js';
import type { Shape } from '../tensors.js';
import { convolutionAttributes } from './convolution.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { OnnxAttributes } from './onnx-proto.js';
import type { NodeOf } from '../graph/graph.js';
import type { LoweringRules } from './rule.js';

const domain = 'com.microsoft.nchwc';

/** ONNX Runtime's shape of a blocked image: [N,C,H,W], whatever the order in memory. */
const plainShape = ([n, groups, height, width, block]: Shape): number[] => [n!, groups! * block!, height!, width!];

function plainFilterShape(filter: Shape): number[] {
  const [outer, inner, height, width, block] = filter as [number, number, number, number, number];
  return [outer * block, filter.length === 6 ? inner * block : inner, height, width];
}

/** A blocked convolution; `bias` [O] and an activation are computed with it. */
export function blockedConvolution(node: NodeOf<'blockedConv'>, operands: readonly string[], onnx: OnnxBuilder, extra: OnnxAttributes = {}): string {
  const [image, filter] = node.inputs as readonly [Node, Node];
  const [x, weights, ...bias] = operands as readonly [string, string, ...string[]];
  const blocked = image.shape.length === 5 ? onnx.reshape(x, plainShape(image.shape)) : x;
  const shape = plainFilterShape(filter.shape);
  const attributes = { ...convolutionAttributes(node.attributes, shape.slice(2)), ...extra };
  const y = onnx.foreignOp(domain, 'Conv', [blocked, onnx.reshape(weights, shape), ...bias], attributes);
  return onnx.reshape(y, node.shape);
}

export const blockedRules: LoweringRules<'toBlocked' | 'fromBlocked' | 'blockedConv'> = {
  toBlocked: ({ shape }, [x], onnx) => onnx.reshape(onnx.foreignOp(domain, 'ReorderInput', [x!]), shape),
  fromBlocked: ({ inputs: [image], shape }, [x], onnx) => {
    const plain = onnx.reshape(x!, plainShape(image!.shape));
    return onnx.foreignOp(domain, 'ReorderOutput', [plain], { channels: { i: shape[1]! } });
  },
  blockedConv: blockedConvolution,
};

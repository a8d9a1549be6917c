import { sameShape } from '../graph/dimensions.js';
import type { Node, NodeOf } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import { elementwiseRules } from './elementwise.js';
import type { OnnxBuilder } from './onnx-builder.js';
import { lowerNode } from './rules.js';

const isSingle = (node: Node): node is NodeOf<'constant'> => node.op === 'constant' && node.attributes.value.length === 1;
const isElementwise = (op: Primitive): boolean => op in elementwiseRules;

/**
 * x op constant, with the constant as a scalar of rank 0 and the trailing ones of x's shape hidden: so ONNX Runtime takes its
 * fast path for scalars. [64, 28, 28, 1] - [1] took eight times as long as [64, 28, 28] - [].
 * @returns nothing where the node is something else
 */
export function withScalar(node: Node, value: (node: Node) => string, onnx: OnnxBuilder): string | undefined {
  if (!isElementwise(node.op) || node.inputs.length !== 2) return undefined;
  const at = node.inputs.findIndex(isSingle);
  const scalar = node.inputs[at];
  const tensor = node.inputs[1 - at];
  if (!scalar || !isSingle(scalar) || !tensor || tensor.op === 'constant' || !sameShape(tensor.shape, node.shape)) return undefined;
  let rank = node.shape.length;
  while (rank > 1 && node.shape[rank - 1] === 1) rank--;
  const short = node.shape.slice(0, rank);
  const operand = rank === node.shape.length ? value(tensor) : onnx.reshape(value(tensor), short);
  const constant = onnx.scalar(scalar.dtype, scalar.attributes.value[0]!);
  const result = lowerNode(node, at === 0 ? [constant, operand] : [operand, constant], onnx);
  return rank === node.shape.length ? result : onnx.reshape(result, node.shape);
}

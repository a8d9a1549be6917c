import { sameShape } from '../graph/dimensions.js';
import type { Node, NodeOf } from '../graph/graph.js';
import { blockedConvolution } from './blocked.js';
import { convolutionAttributes } from './convolution.js';
import { matrixProduct } from './linear-algebra.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { OnnxAttributes } from './onnx-proto.js';

type Emit = (value: (node: Node) => string, onnx: OnnxBuilder) => string;

/** Nodes that one ONNX operator computes together: the inner ones are not computed by themselves. */
interface Combination {
  readonly absorbed: readonly Node[];
  readonly emit: Emit;
}

/** Where the operand that satisfies `is` stands among the two, if either does. */
function split<T extends Node>(node: Node, is: (operand: Node) => operand is T): [T, Node] | undefined {
  const [a, b] = node.inputs;
  if (is(a!)) return [a, b!];
  return is(b!) ? [b, a!] : undefined;
}

const isPlainProduct = (node: Node): node is NodeOf<'matmul'> => node.op === 'matmul' && node.dtype === 'float32' && node.inputs.every(({ shape }) => shape.length === 2);
const isBlockedConvolution = (node: Node): node is NodeOf<'blockedConv'> & Node => node.op === 'blockedConv';
const isConvolution = (node: Node): node is NodeOf<'conv'> => node.op === 'conv';
/** Every length is 1 but the one `fromEnd` places from the last, which is `length`. */
const isVectorAlong = ({ shape }: Node, fromEnd: number, length: number): boolean =>
  shape.at(-1 - fromEnd) === length && shape.every((dim, axis) => dim === 1 || axis === shape.length - 1 - fromEnd);

/** x W + b, b one row or as large as the product */
function productAndBias(node: NodeOf<'add'>): Combination | undefined {
  const found = split(node, isPlainProduct);
  const isRow = found && isVectorAlong(found[1], 0, found[0].shape[1]!) && found[1].shape.length <= 2;
  if (!found || !(isRow || sameShape(found[1].shape, found[0].shape))) return undefined;
  const [product, bias] = found;
  return { absorbed: [product], emit: (value, onnx) => matrixProduct(product, [...product.inputs, bias].map(value), onnx) };
}

/** conv(x, w) + b, b [1, O, 1, 1] */
function convolutionAndBias(node: NodeOf<'add'>): Combination | undefined {
  const found = split(node, isConvolution);
  const channels = found?.[0].shape[1];
  if (!found || !isVectorAlong(found[1], 2, channels!) || found[1].shape.length > 4) return undefined;
  const [convolution, bias] = found;
  const attributes = convolutionAttributes(convolution.attributes, convolution.inputs[1]!.shape.slice(2));
  return {
    absorbed: [convolution],
    emit: (value, onnx) => onnx.op('Conv', [...convolution.inputs.map(value), onnx.reshape(value(bias), [channels!])], attributes),
  };
}

/** x + b or b + x, x a blocked convolution and b [1,O/b,1,1,b] */
function blockedBias(node: Node): [NodeOf<'blockedConv'>, bias: Node] | undefined {
  const found = node.op === 'add' ? split(node, isBlockedConvolution) : undefined;
  const [, groups, , , block] = found?.[0].shape ?? [];
  return found && found[1].shape.join() === [1, groups, 1, 1, block].join() ? found : undefined;
}

/** relu(conv(x, w) + b), blocked; without the bias or the relu too */
function blockedConvolutionAnd(node: NodeOf<'add'> | NodeOf<'relu'>): Combination | undefined {
  const below = node.op === 'relu' ? node.inputs[0]! : node;
  const [convolution, bias] = isBlockedConvolution(below) ? [below] : (blockedBias(below) ?? []);
  if (!convolution) return undefined;
  const channels = convolution.shape[1]! * convolution.shape[4]!;
  const activation: OnnxAttributes = node.op === 'relu' ? { activation: { s: 'Relu' } } : {};
  return {
    absorbed: bias && node.op === 'relu' ? [below, convolution] : [convolution],
    emit: (value, onnx) => {
      const operands = [...convolution.inputs.map(value), ...(bias ? [onnx.reshape(value(bias), [channels])] : [])];
      return blockedConvolution(convolution, operands, onnx, activation);
    },
  };
}

function combinationOf(node: Node): Combination | undefined {
  if (node.op === 'add') return productAndBias(node) ?? convolutionAndBias(node) ?? blockedConvolutionAnd(node);
  return node.op === 'relu' ? blockedConvolutionAnd(node) : undefined;
}

/**
 * Combinations by the node whose value they give. A node is absorbed only if nothing else reads it; `results` are read
 * from outside.
 */
export function findCombinations(order: readonly Node[], results: Iterable<Node>): { emitters: Map<Node, Emit>; absorbed: Set<Node> } {
  const readers = new Map<Node, number>();
  const count = (node: Node): void => void readers.set(node, (readers.get(node) ?? 0) + 1);
  for (const node of order) node.inputs.forEach(count);
  for (const node of results) count(node);
  const emitters = new Map<Node, Emit>();
  const absorbed = new Set<Node>();
  for (const node of order) {
    const combination = combinationOf(node);
    if (!combination?.absorbed.every((inner) => readers.get(inner) === 1)) continue;
    emitters.set(node, combination.emit);
    combination.absorbed.forEach((inner) => absorbed.add(inner));
  }
  return { emitters, absorbed };
}

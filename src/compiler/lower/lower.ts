import { nameClash, missingConstant } from '../../errors/engine.errors.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import type { DType, NamedHostTensors } from '../tensors.js';
import { OnnxBuilder } from './onnx-builder.js';
import { encodeModel, type ExternalRange } from './onnx-proto.js';
import { lowerNode } from './rules.js';

export interface LoweringOptions {
  /** State tensors that become initialisers with these values; the others are inputs of the model. */
  readonly constants?: NamedHostTensors;
  /** State tensors that become initialisers whose bytes are in a file beside the model. */
  readonly external?: Readonly<Record<string, ExternalRange>>;
}

/**
 * Writes a graph as an ONNX model (operator set 18, standard operators only). Inputs and outputs keep their names, state
 * tensors too; a graph with an output or state tensor named like an input is refused (`signature-name-clash`).
 * State updates become outputs named `next:<state>`. Batch-dependent lengths are symbolic (`batch`, `9*batch`).
 */
export function lowerToOnnx(graph: Graph, options: LoweringOptions = {}): Uint8Array {
  const onnx = new OnnxBuilder();
  const values = new Map<Node, string>();
  for (const leaf of graph.inputs) values.set(leaf, declareInput(leaf, graph, onnx));
  for (const leaf of graph.state) values.set(leaf, declareState(leaf, graph, options, onnx));
  const outputs = Object.entries(graph.outputs);
  const updates = Object.entries(graph.updates).map(([name, node]) => [updateName(name), node] as const);
  for (const [name] of [...outputs, ...updates]) claim(name, graph, onnx);
  const order = topologicalOrder(graph);
  for (const node of order) {
    if (node.op === 'constant') values.set(node, onnx.constant(node.dtype, node.shape, node.attributes.value));
    else if (!values.has(node)) values.set(node, lowerNode(node, node.inputs.map((input) => values.get(input)!), onnx));
  }
  for (const [name, node] of [...outputs, ...updates]) {
    onnx.alias(values.get(node)!, name); // ONNX Runtime removes the copy where the value is a node's own result
    onnx.addOutput(name, node.dtype, node.shape);
  }
  return encodeModel({ name: graph.name, ...onnx });
}

/** The model's output with the new value of a state tensor. */
export const updateName = (state: string): string => `next:${state}`;

function claim(name: string, graph: Graph, onnx: OnnxBuilder): void {
  if (!onnx.claim(name)) throw nameClash(graph.name, name);
}

function declareInput(leaf: NodeOf<'input'>, graph: Graph, onnx: OnnxBuilder): string {
  const { name } = leaf.attributes;
  claim(name, graph, onnx);
  onnx.addInput(name, leaf.dtype, leaf.shape);
  return name;
}

function declareState(leaf: NodeOf<'state'>, graph: Graph, { constants, external }: LoweringOptions, onnx: OnnxBuilder): string {
  const { name } = leaf.attributes;
  claim(name, graph, onnx);
  const frozen = constants?.[name];
  const range = external?.[name];
  if (range) onnx.addExternal(name, leaf.dtype, leaf.shape, checkedRange(range, leaf, graph));
  else if (frozen) onnx.addFrozen(name, leaf.dtype, leaf.shape, frozen.data);
  else if (constants ?? external) throw missingConstant(graph.name, name);
  else onnx.addInput(name, leaf.dtype, leaf.shape);
  return name;
}

const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, int32: 4, bool: 1 };

function checkedRange(range: ExternalRange, leaf: NodeOf<'state'>, graph: Graph): ExternalRange {
  const expected = leaf.shape.reduce((a, b) => a * b, 1) * bytesPerElement[leaf.dtype];
  if (range.length !== expected) throw new Error(`internal: ${graph.name}: '${leaf.attributes.name}' has ${expected} bytes, its range in ${range.file} ${range.length}`);
  return range;
}

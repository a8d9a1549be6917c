import { nameClash, missingConstant } from '../../errors/engine.errors.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import type { DType, NamedHostTensors } from '../tensors.js';
import { lowerGraph } from './graph.js';
import { OnnxBuilder } from './onnx-builder.js';
import { encodeModel, type ExternalRange, type OnnxGraph, type OnnxNode } from './onnx-proto.js';

export interface LoweringOptions {
  /** State tensors that become initialisers with these values; the others are inputs of the model. */
  readonly constants?: NamedHostTensors;
  /** State tensors that become initialisers whose bytes are in a file beside the model. */
  readonly external?: Readonly<Record<string, ExternalRange>>;
}

/**
 * Writes a graph as an ONNX model (operator set 18, standard operators only). Inputs, outputs and state tensors keep
 * their names; a graph in which two of them are named alike is refused (`signature-name-clash`). State updates become
 * outputs named `next:<state>`. Batch-dependent lengths are symbolic (`batch`, `9*batch`). Unused state and constants are left out.
 */
export function lowerToOnnx(graph: Graph, options: LoweringOptions = {}): Uint8Array {
  return lowerModel(graph, options).bytes;
}

/** A model, and what it consists of. */
export interface LoweredModel {
  readonly bytes: Uint8Array;
  /** Those in the bodies of loops included. */
  readonly operators: readonly OnnxNode[];
  /** The graph as it was lowered: every result an output. */
  readonly graph: Graph;
  /** The node of that graph that each operator was written for, by the operator's first output; a loop for what is in its body. */
  readonly origins: ReadonlyMap<string, Node>;
  /** First outputs of the operators in bodies of loops, whose time is part of the loop's. */
  readonly inner: ReadonlySet<string>;
}

/** As `lowerToOnnx`, with what the operators were written for. */
export function lowerModel(graph: Graph, options: LoweringOptions = {}): LoweredModel {
  const onnx = new OnnxBuilder();
  const values = new Map<Node, string>();
  const wanted = [
    ...Object.entries(graph.outputs),
    ...Object.entries(graph.updates).map(([name, node]) => [`next:${name}`, node] as const),
  ];
  const whole: Graph = { ...graph, updates: {}, outputs: Object.fromEntries(wanted.map(([, node], i) => [i, node])) };
  const used = new Set<Node>([...topologicalOrder(whole).flatMap((node) => node.inputs), ...wanted.map(([, node]) => node)]);
  for (const leaf of graph.inputs) values.set(leaf, declareInput(leaf, graph, onnx));
  for (const leaf of graph.state) if (used.has(leaf)) values.set(leaf, declareState(leaf, graph, options, onnx));
  for (const [name] of wanted) claim(name, graph, onnx);
  const results = lowerGraph(whole, values, onnx);
  for (const [i, [name, node]] of wanted.entries()) {
    onnx.writeFor(node);
    onnx.alias(results[i]!, name); // ONNX Runtime removes the copy where the value is a node's own result
    onnx.addOutput(name, node.dtype, node.shape);
  }
  const model = onnx.asGraph(graph.name);
  const inner = model.nodes.flatMap(bodyOperators);
  const operators = [...model.nodes, ...inner];
  const read = new Set(operators.flatMap(({ inputs }) => inputs)); // rules take the numbers of other constants into attributes and larger operators
  const bytes = encodeModel({ ...model, initialisers: model.initialisers.filter(({ name }) => read.has(name)) });
  return { bytes, operators, graph: whole, origins: onnx.origins, inner: new Set(inner.map(({ outputs }) => outputs[0]!)) };
}

/** The operators in the bodies that an operator runs, at any depth. */
function bodyOperators({ attributes }: OnnxNode): OnnxNode[] {
  const bodies = Object.values(attributes).flatMap((value): readonly OnnxGraph[] => ('g' in value ? [value.g] : []));
  return bodies.flatMap(({ nodes }) => nodes.flatMap((node) => [node, ...bodyOperators(node)]));
}

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

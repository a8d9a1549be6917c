import { isLeaf, rebuild } from '../graph/build.js';
import { sameShape } from '../graph/dimensions.js';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { elementwiseRules } from '../graph/rules/elementwise.js';
import { isDynamic, sizeOf } from '../signature.js';
import type { Shape } from '../tensors.js';

/** A model of elementwise operations, written for one strip of its tensors. */
export interface Strips {
  /** The model of one strip: [strip] instead of the full shape. */
  readonly graph: Graph;
  /** Elements of the full tensors and of a strip. */
  readonly elements: number;
  readonly strip: number;
  /** Inputs of which each strip reads its part; it reads the others, scalars, as they are. */
  readonly parts: ReadonlySet<string>;
}

/** Half a megabyte of floats: what an operation leaves, the next one still finds in the cache of the core. */
const stripElements = 131_072;
/** Below, the tensors between the operations stay in some cache anyway. */
const fewestStrips = 8;
const fewestOperations = 3;

const isElementwise = ({ op }: Node): boolean => Object.hasOwn(elementwiseRules, op);
/** A scalar that broadcasts to [strip], or a constant that is written as one. */
const isScalar = ({ op, shape }: Node): boolean => sizeOf(shape) === 1 && (shape.length <= 1 || op === 'constant');

/**
 * The strips of a model that ONNX Runtime computes operation by operation, each over the whole tensors: in strips, the memory is read and written
 * once instead of once for each operation. Nothing where the model has other operations, another shape, or little to do.
 */
export function findStrips(graph: Graph): Strips | undefined {
  const results = Object.entries(graph.outputs);
  const shape = results[0]?.[1].shape;
  if (!shape || isDynamic(shape) || sizeOf(shape) < fewestStrips * stripElements) return undefined;
  const order = topologicalOrder(graph);
  const operations = order.filter((node) => !isLeaf(node));
  const whole = operations.filter((node) => sameShape(node.shape, shape));
  if (whole.length < fewestOperations || !results.every(([, node]) => sameShape(node.shape, shape) && !isLeaf(node))) return undefined;
  if (!operations.every((node) => isElementwise(node) && (sameShape(node.shape, shape) || isScalar(node)))) return undefined;
  if (!order.every((node) => !isLeaf(node) || isScalar(node) || (node.op !== 'constant' && sameShape(node.shape, shape)))) return undefined;
  return cut(graph, order, shape);
}

function cut(graph: Graph, order: readonly Node[], shape: Shape): Strips {
  const made = new Map<Node, Node>();
  const isWhole = (node: Node): boolean => sameShape(node.shape, shape);
  const leaf = <L extends Node>(node: L): L => (isWhole(node) ? { ...node, shape: [stripElements] } : node);
  const inputs = graph.inputs.map(leaf);
  const state = graph.state.map(leaf);
  [...graph.inputs, ...graph.state].forEach((node, i) => made.set(node, [...inputs, ...state][i]!));
  for (const node of order) {
    if (node.op === 'constant') made.set(node, { ...node, shape: [] });
    else if (!made.has(node)) made.set(node, rebuild(node, node.inputs.map((input) => made.get(input)!)));
  }
  const outputs = Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, made.get(node)!]));
  const parts = new Set([...graph.inputs, ...graph.state].filter(isWhole).map(({ attributes }) => attributes.name));
  return { graph: { ...graph, inputs, state, outputs }, elements: sizeOf(shape), strip: stripElements, parts };
}

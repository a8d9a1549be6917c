import { isLeaf } from '../../compiler/graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../../compiler/graph/graph.js';
import { Loop } from '../../compiler/graph/loop.js';
import type { Primitive } from '../../compiler/graph/primitives.js';
import { nodeNames, print } from '../../compiler/graph/print.js';
import type { DType, Shape } from '../../compiler/tensors.js';
import { formula } from './formula.js';

/** A length, or nothing where it depends on the call. */
export type DescribedShape = readonly (number | null)[];

export interface LeafDescription {
  readonly id: string;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: DescribedShape;
}

export interface NodeDescription {
  readonly id: string;
  readonly op: Primitive;
  /** Attributes of the operation; long values are cut. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly in: readonly string[];
  readonly dtype: DType;
  readonly shape: DescribedShape;
  /** `line:column` of the source. */
  readonly site?: string;
}

/** A graph as data that can be sent; ids are those of the printed form. */
export interface GraphDescription {
  readonly printed: string;
  readonly inputs: readonly LeafDescription[];
  readonly shared: readonly LeafDescription[];
  readonly nodes: readonly NodeDescription[];
  readonly outputs: Readonly<Record<string, string>>;
  /** New values of shared variables. */
  readonly updates: Readonly<Record<string, string>>;
  /** Outputs and new values as formulas. */
  readonly formulas: { readonly outputs: Readonly<Record<string, string>>; readonly updates: Readonly<Record<string, string>> };
}

const MOST_VALUES = 16;

const described = (shape: Shape): DescribedShape => shape.map((length) => (length < 0 ? null : length));

/** Attributes as JSON: numbers that JSON lacks become text, long lists are cut. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const numbers = Array.from((value as Float32Array).subarray(0, MOST_VALUES), plain);
    const { length } = value as Float32Array;
    return length > MOST_VALUES ? { first: numbers, length } : numbers;
  }
  if (value instanceof Loop) return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const propsOf = (node: Node): Record<string, unknown> => Object.fromEntries(Object.entries(node.attributes).map(([key, value]) => [key, plain(value)]));

const formulas = (record: Readonly<Record<string, Node>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, node]) => [name, formula(node)]));

/** Printed and as records, in the order of computation. */
export function describeGraph(graph: Graph): GraphDescription {
  const names = nodeNames(graph);
  const id = (node: Node): string => names.get(node)!;
  const leaf = (node: Graph['inputs'][number] | Graph['state'][number]): LeafDescription =>
    ({ id: id(node), name: node.attributes.name, dtype: node.dtype, shape: described(node.shape) });
  const results = (record: Readonly<Record<string, Node>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([name, node]) => [name, id(node)]));
  const nodes = topologicalOrder(graph).filter((node) => !isLeaf(node) || node.op === 'constant').map((node): NodeDescription => ({
    id: id(node), op: node.op, props: propsOf(node), in: node.inputs.map(id), dtype: node.dtype, shape: described(node.shape),
    ...(node.site === undefined ? {} : { site: node.site }),
  }));
  return {
    printed: print(graph), inputs: graph.inputs.map(leaf), shared: graph.state.map(leaf), nodes,
    outputs: results(graph.outputs), updates: results(graph.updates),
    formulas: { outputs: formulas(graph.outputs), updates: formulas(graph.updates) },
  };
}

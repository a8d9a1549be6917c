import { evaluate } from '../../compiler/evaluate/index.js';
import { topologicalOrder, type Graph, type Node } from '../../compiler/graph/graph.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';

/** What the elements of a tensor are; `minimum` and `maximum` are those of the finite ones. */
export interface ValueRange {
  readonly op: string;
  readonly site: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Elements that are NaN or infinite. */
  readonly notFinite: number;
}

/** The first operation of a program, in the order of computation, whose result is not finite everywhere. */
export interface NonFinite extends ValueRange {
  readonly value: 'NaN' | 'Infinity' | '-Infinity';
  /** Place of the first such element, row by row. */
  readonly index: number;
  readonly operands: readonly ValueRange[];
}

/** Places of leaves in the source, by name. */
export type LeafSites = ReadonlyMap<string, string>;

const isNamed = (node: Node): node is Extract<Node, { op: 'input' | 'state' }> => node.op === 'input' || node.op === 'state';

function rangeOf(node: Node, { data, dtype, shape }: HostTensor, sites: LeafSites): ValueRange {
  let [minimum, maximum, notFinite] = [Infinity, -Infinity, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) notFinite += 1;
    else [minimum, maximum] = [Math.min(minimum, value), Math.max(maximum, value)];
  }
  const some = notFinite < data.length;
  const [op, site] = isNamed(node) ? [`${node.op} ${node.attributes.name}`, sites.get(node.attributes.name)] : [node.op, node.site];
  return { op, site: site ?? 'unknown site', dtype, shape, minimum: some ? minimum : undefined, maximum: some ? maximum : undefined, notFinite };
}

/**
 * Computes a graph operation by operation on eager `cpu` and looks at every result. Constants count as intended.
 * @param graph before the passes: passes may remove the operation that a user wrote.
 */
export function firstNonFinite(graph: Graph, state: NamedHostTensors, inputs: NamedHostTensors, sites: LeafSites): NonFinite | undefined {
  const nodes = topologicalOrder(graph);
  const { outputs } = evaluate({ ...graph, outputs: Object.fromEntries(nodes.map((node, i) => [i, node])), updates: {} }, state, inputs);
  const values = new Map(nodes.map((node, i) => [node, outputs[i]!]));
  for (const node of nodes) {
    const { data } = values.get(node)!;
    const index = node.op === 'constant' ? -1 : data.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    const value = String(data[index]) as NonFinite['value'];
    return { ...rangeOf(node, values.get(node)!, sites), value, index, operands: node.inputs.map((input) => rangeOf(input, values.get(input)!, sites)) };
  }
  return undefined;
}

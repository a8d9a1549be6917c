import { inputLeaf } from '../../graph/build.js';
import type { Graph, Node } from '../../graph/graph.js';
import type { LeftSide } from './canonical-left-sides.js';

/** x, y and z: float32 [2,3]. */
export const leaves = ['x', 'y', 'z'].map((name) => inputLeaf(name, { dtype: 'float32', shape: [2, 3] }));

/** A graph with the results of a function of x, y and z. */
export const graphOf = (outputs: Record<string, Node>): Graph => ({ name: 'test', inputs: leaves, state: [], outputs, updates: {} });

export const apply = (left: LeftSide): Node => left(leaves[0]!, leaves[1]!, leaves[2]!);

/** Nodes with a site of their own, given to those that have none. */
export function withSites(graph: Graph): Graph {
  const placed = new Map<Node, Node>();
  let count = 0;
  const place = (node: Node): Node => {
    const known = placed.get(node);
    if (known) return known;
    const result = node.op === 'input' || node.op === 'state' ? node : ({ ...node, inputs: node.inputs.map(place), site: node.site ?? `line:${count++}` } as Node);
    placed.set(node, result);
    return result;
  };
  const all = (record: Readonly<Record<string, Node>>): Record<string, Node> => Object.fromEntries(Object.entries(record).map(([name, node]) => [name, place(node)]));
  return { ...graph, outputs: all(graph.outputs), updates: all(graph.updates) };
}

import { describeSpec } from '../signature.js';
import { topologicalOrder, type Graph, type Node } from './graph.js';
import { everyNode, loopGroups } from './loop.js';

/** a ... z, aa, ab, ... */
export function letterName(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letterName(Math.floor(index / 26) - 1) + last;
}

/** Names of all nodes, by their place in the topological order. */
export function nodeNames(graph: Graph): Map<Node, string> {
  return new Map(topologicalOrder(graph).map((node, i) => [node, letterName(i)]));
}

/** Long values are cut: the print is for reading. */
function printValue(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const numbers = Array.from(value as Float32Array);
    const shown = numbers.slice(0, 4).map((x) => String(Number(x.toPrecision(6))));
    return `[${shown.join(' ')}${numbers.length > 4 ? ` ... ${numbers.length} values` : ''}]`;
  }
  return Array.isArray(value) ? `[${value.join(',')}]` : String(value);
}

/** One node: `c:float32[2,4] = matmul a b transposeA=false transposeB=true`. */
export function printNode(node: Node, names: ReadonlyMap<Node, string>): string {
  const shown = Object.entries(node.attributes).filter(([key]) => key !== 'loop'); // printed below the graph
  const attributes = shown.map(([key, value]) => `${key}=${printValue(value)}`);
  const operands = node.inputs.map((input) => names.get(input) ?? '?');
  return `${names.get(node) ?? '?'}:${describeSpec(node)} = ${[node.op, ...operands, ...attributes].join(' ')}`;
}

/** The bodies of the loops of a graph, each under the names of the nodes that are its results. */
function printLoops(names: ReadonlyMap<Node, string>): string[] {
  return [...new Set(loopGroups(names.keys()).values())].flatMap(({ loop, members }) => [
    `loop ${members.map((node) => names.get(node)).join(' ')}: ${loop.toString()}`,
    ...print(loop.body).split('\n').map((line) => `  ${line}`),
  ]);
}

/**
 * The graph as text, one line per node in topological order, then the bodies of its loops; equal graphs print equally.
 */
export function print(graph: Graph): string {
  const names = nodeNames(graph);
  const results = (record: Readonly<Record<string, Node>>): string =>
    Object.entries(record).map(([name, node]) => `${name}=${names.get(node)}`).join(' ');
  const updates = results(graph.updates);
  return [
    ...Array.from(names.keys(), (node) => printNode(node, names)),
    `outputs ${results(graph.outputs)}`,
    ...(updates === '' ? [] : [`updates ${updates}`]),
    ...printLoops(names),
  ].join('\n');
}

/** How many nodes of each operation the graph has, bodies of loops included. */
export function countOperations(graph: Graph): Partial<Record<Node['op'], number>> {
  const counts: Partial<Record<Node['op'], number>> = {};
  for (const { op } of everyNode(graph)) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { loopGroups } from '../graph/loop.js';
import { findCombinations } from './combinations.js';
import { lowerLoop } from './loops.js';
import type { OnnxBuilder } from './onnx-builder.js';
import { reluSlopes } from './relu-slopes.js';
import { lowerNode } from './rules.js';
import { withScalar } from './scalar-operands.js';

/**
 * Writes the nodes of a graph, or of the body of a loop.
 * @param leaves names of the values of the inputs and the state
 * @returns the names of the outputs' values
 */
export function lowerGraph(graph: Graph, leaves: ReadonlyMap<Node, string>, onnx: OnnxBuilder): Record<string, string> {
  const origins = new Map<Node, Node>();
  const rewritten = reluSlopes(graph, origins);
  const results = Object.values(rewritten.outputs);
  const order = topologicalOrder(rewritten);
  const { emitters, absorbed } = findCombinations(order, results);
  const groups = loopGroups(order);
  const values = new Map(leaves);
  const value = (node: Node): string => values.get(node)!;
  for (const node of order) {
    if (values.has(node) || absorbed.has(node) || node.op === 'state') continue;
    onnx.writeFor(origins.get(node)!);
    const combined = emitters.get(node);
    if (combined) values.set(node, combined(value, onnx));
    else if (node.op === 'constant') values.set(node, onnx.constant(node.dtype, node.shape, node.attributes.value));
    else if (node.op === 'scan') {
      const group = groups.get(node)!;
      const names = lowerLoop(group, group.operands.map(value), onnx, lowerGraph);
      group.members.forEach((member, i) => values.set(member, names[i]!));
    } else values.set(node, withScalar(node, value, onnx) ?? lowerNode(node, node.inputs.map(value), onnx));
  }
  return Object.fromEntries(Object.entries(rewritten.outputs).map(([name, node]) => [name, value(node)]));
}

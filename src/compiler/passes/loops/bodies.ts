import { node as build, rebuild } from '../../graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../../graph/graph.js';
import { Loop } from '../../graph/loop.js';
import { mapResults } from '../pass.js';

/** The graph with the bodies of its loops mapped; a body that stays the same leaves its loop as it is. */
export function mapBodies(graph: Graph, map: (body: Graph) => Graph): Graph {
  const order = topologicalOrder(graph);
  if (!order.some(({ op }) => op === 'scan')) return graph;
  const loops = new Map<Loop, Loop>();
  const mapped = (loop: Loop): Loop => {
    const known = loops.get(loop);
    if (known !== undefined) return known;
    const body = map(loop.body);
    const same = Object.entries(loop.body.outputs).every(([name, node]) => body.outputs[name] === node);
    const result = same ? loop : new Loop({ ...loop.parts, body });
    loops.set(loop, result);
    return result;
  };
  const values = new Map<Node, Node>();
  for (const node of order) {
    const operands = node.inputs.map((input) => values.get(input)!);
    const loop = node.op === 'scan' ? mapped(node.attributes.loop) : undefined;
    const changed = node.op === 'scan' && loop !== node.attributes.loop;
    values.set(node, changed ? build('scan', operands, { ...node.attributes, loop: loop! }, node.site) : rebuild(node, operands));
  }
  return mapResults(graph, (node) => values.get(node)!);
}

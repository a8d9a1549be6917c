import { node as build } from '../graph/build.js';
import type { Graph, Node } from '../graph/graph.js';
import { rewrite } from '../passes/pass.js';

/**
 * [x > 0] -> [relu(x) > 0] where relu(x) is computed anyway. Then nothing but the ReLU reads x, and ONNX Runtime merges it
 * with the product or convolution that gives x. `origins` gets the node of `graph` behind each node of the result.
 */
export function reluSlopes(graph: Graph, origins: Map<Node, Node>): Graph {
  const reluOf = new Map<Node, Node>();
  return rewrite(graph, (node, original) => {
    const [x] = node.inputs;
    if (node.op === 'relu') reluOf.set(x!, node);
    const relu = reluOf.get(x!);
    const result = node.op === 'step' && relu ? build('step', [relu], node.attributes, node.site) : node;
    origins.set(result, original);
    return result;
  });
}

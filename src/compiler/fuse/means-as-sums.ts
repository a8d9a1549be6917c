import { node as build, scalar } from '../graph/build.js';
import type { Graph } from '../graph/graph.js';
import { rewrite } from '../passes/pass.js';
import { isDynamic, sizeOf } from '../signature.js';

/** mean(x) -> sum(x) / n, where n does not depend on the batch of the call: loops know sums only. */
export const meansAsSums = (graph: Graph): Graph => rewrite(graph, (node) => {
  const [x] = node.inputs;
  if (node.op !== 'reduceMean' || isDynamic(x!.shape)) return node;
  const count = sizeOf(x!.shape) / Math.max(1, sizeOf(node.shape));
  return build('div', [build('reduceSum', [x!], node.attributes, node.site), scalar(count, 'float32', node.site)], {}, node.site);
});

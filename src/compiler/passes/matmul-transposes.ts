import { node as build } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import { rewrite, type Pass } from './pass.js';

/** Whether a node only swaps the last two axes of its operand. */
function swapsMatrix(node: Node): boolean {
  if (node.op !== 'transpose') return false;
  const { permutation } = node.attributes;
  const rank = permutation.length;
  return permutation.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
}

/** matmul(transpose(a), b) -> matmul(a, b) with the flag for a turned, and the same for b */
export const matmulTransposes: Pass = {
  name: 'matmul-transposes',
  run: (graph) => rewrite(graph, (node) => {
    if (node.op !== 'matmul') return node;
    const [a, b] = node.inputs as [Node, Node];
    const [swapA, swapB] = [swapsMatrix(a), swapsMatrix(b)];
    if (!swapA && !swapB) return node;
    const { transposeA, transposeB } = node.attributes;
    return build('matmul', [swapA ? a.inputs[0]! : a, swapB ? b.inputs[0]! : b], {
      transposeA: transposeA !== swapA, transposeB: transposeB !== swapB,
    }, node.site);
  }),
};

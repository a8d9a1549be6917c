import type { Node } from '../graph/graph.js';
import { defineRule, type Rule } from './rewriting/rule.js';

/** Whether a node only swaps the last two axes of its operand. */
function swapsMatrix(node: Node): boolean {
  if (node.op !== 'transpose') return false;
  const { permutation } = node.attributes;
  const rank = permutation.length;
  return permutation.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
}

/** Matrix products read their operands in either order of the last two axes. */
export const matmulTransposes: readonly Rule[] = [
  defineRule({
    name: 'matmul-transposes', equation: 'A^T . B -> A . B with the flag for A turned, and the same for B', roots: ['matmul'], operands: ['transpose'], values: 'rounding',
    pattern: ({ inputs }) => (inputs.some(swapsMatrix) ? inputs : undefined),
    rewrite: ([a, b], rewriting, { attributes: { transposeA, transposeB } }) => {
      const [swapA, swapB] = [swapsMatrix(a!), swapsMatrix(b!)];
      return rewriting.node('matmul', [swapA ? a!.inputs[0]! : a!, swapB ? b!.inputs[0]! : b!], { transposeA: transposeA !== swapA, transposeB: transposeB !== swapB });
    },
  }),
];

import type { NodeOf } from '../graph/graph.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRules } from './rule.js';

/** op(A) op(B) + C of float32 matrices, C (a row that broadcasts) optional: `Gemm` reads transposed operands in place. */
export function matrixProduct({ attributes }: NodeOf<'matmul'>, operands: readonly string[], onnx: OnnxBuilder): string {
  return onnx.op('Gemm', operands, { transA: { i: attributes.transposeA ? 1 : 0 }, transB: { i: attributes.transposeB ? 1 : 0 } });
}

/** Swaps the last two dimensions; ONNX Runtime merges this transpose into the `MatMul` that reads it. */
export function transposeMatrices(value: string, rank: number, onnx: OnnxBuilder): string {
  const permutation = Array.from({ length: rank }, (_, i) => i);
  permutation.splice(rank - 2, 2, rank - 1, rank - 2);
  return onnx.transpose(value, permutation);
}

export const linearAlgebraRules: LoweringRules<'matmul'> = {
  matmul: (node, [a, b], onnx) => {
    const [left, right] = node.inputs;
    if (node.dtype === 'float32' && left!.shape.length === 2 && right!.shape.length === 2) return matrixProduct(node, [a!, b!], onnx);
    const { transposeA, transposeB } = node.attributes;
    return onnx.op('MatMul', [
      transposeA ? transposeMatrices(a!, left!.shape.length, onnx) : a!,
      transposeB ? transposeMatrices(b!, right!.shape.length, onnx) : b!,
    ]);
  },
};

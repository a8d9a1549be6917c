import type * as tf from '@tensorflow/tfjs-core';
import type { Operands } from '../decompositions/decomposition.js';
import { decompositions } from '../decompositions/index.js';
import { backward, through, type Attributes, type GradientRule } from './rule.js';

const ofDecomposition = (kernelName: string, ...operands: readonly string[]): GradientRule => through(kernelName, decompositions[kernelName]!, ...operands);

/** Rule of a kernel whose gradient is the decomposition of another one, from the operand and the result. */
const adjoint = (kernelName: string, operand: string, gradient: string): GradientRule => ({
  kernelName,
  inputsToSave: [operand],
  outputsToSave: [true],
  gradFunc: (dy, [x, y], attributes) => ({ [operand]: () => decompositions[gradient]!({ [operand]: x!, y: y!, dy: dy as tf.Tensor }, attributes) }),
});

/** Operands of Einsum have numbers for names. */
const einsum: GradientRule = {
  kernelName: 'Einsum',
  saveAllInputs: true,
  gradFunc: (dy, saved, attributes: Attributes) => {
    const operands: Operands = Object.fromEntries(saved.map((x, i) => [String(i), x]));
    return Object.fromEntries(Object.keys(operands).map((name) => [name, () => backward(decompositions.Einsum!, operands, name, dy as tf.Tensor, attributes)]));
  },
};

/** Kernels whose gradient is that of their decomposition, or is one. */
export const decomposedGradients: readonly GradientRule[] = [
  ofDecomposition('Cumprod', 'x'),
  ofDecomposition('Bincount', 'x', 'weights'), ofDecomposition('DenseBincount', 'x', 'weights'),
  ofDecomposition('SparseToDense', 'sparseIndices', 'sparseValues', 'defaultValue'),
  ofDecomposition('Diag', 'x'), ofDecomposition('MatrixBandPart', 'input', 'numLower', 'numUpper'), einsum,
  ofDecomposition('DepthToSpace', 'x'), ofDecomposition('MirrorPad', 'x'), ofDecomposition('FlipLeftRight', 'image'),
  ofDecomposition('CropAndResize', 'image', 'boxes', 'boxInd'),
  ofDecomposition('Transform', 'image', 'transforms'), ofDecomposition('RotateWithOffset', 'image'),
  ofDecomposition('Dilation2D', 'x', 'filter'),
  ofDecomposition('MaxPool3D', 'x'), ofDecomposition('AvgPool3D', 'x'),
  adjoint('LRN', 'x', 'LRNGrad'),
  adjoint('ResizeBilinear', 'images', 'ResizeBilinearGrad'), adjoint('ResizeNearestNeighbor', 'images', 'ResizeNearestNeighborGrad'),
];

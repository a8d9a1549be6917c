import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Moments } from './moments.js';

/**
 * Squared Frechet distance of two Gaussians with the given moments (Heusel et al. 2017, arXiv:1706.08500, section 4):
 *
 *   |m1 - m2|^2 + tr(S1 + S2 - 2 (S1^(1/2) S2 S1^(1/2))^(1/2))
 *
 * The matrix under the outer root is symmetric, so the trace of its root is the sum of the roots of its eigenvalues.
 * In feature space of a classifier it is the "FID" of that classifier.
 */
export function frechetDistance(a: Moments, b: Moments): number {
  const width = a.mean.length;
  const root = symmetricRoot(matrixOf(a.covariance, width));
  const product = root.mmul(matrixOf(b.covariance, width)).mmul(root);
  const shared = eigenvaluesOf(product).reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  let distance = -2 * shared;
  for (let i = 0; i < width; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * width + i]! + b.covariance[i * width + i]!;
  }
  return Math.max(distance, 0);
}

function matrixOf(values: Float64Array, width: number): Matrix {
  return Matrix.from1DArray(width, width, values);
}

/** V diag(sqrt(max(d, 0))) V^T for a symmetric matrix V diag(d) V^T: rounding may make a zero eigenvalue negative. */
function symmetricRoot(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const scaled = vectors.clone().mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(value, 0))));
  return scaled.mmul(vectors.transpose());
}

function eigenvaluesOf(matrix: Matrix): readonly number[] {
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues;
}

import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { none, only, unbroadcast, type Attributes, type GradientRule } from './rule.js';

/** The attributes that the kernels of one pooling share. */
const geometry = (attributes: Attributes): Attributes => only(attributes, ['strides', 'pad', 'dimRoundingMode', 'filterSize']);

/** op(a) op(b) with C = A B: dA = dC B^T, dB = A^T dC; a transposed operand takes the transposed product. */
const matmul: GradientRule = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (dc, [a, b], { transposeA, transposeB }) => {
    const dy = dc as tf.Tensor;
    const [ta, tb] = [transposeA as boolean, transposeB as boolean];
    return {
      a: () => unbroadcast(ta ? tf.matMul(b!, dy, tb, true) : tf.matMul(dy, b!, false, !tb), a!.shape),
      b: () => unbroadcast(tb ? tf.matMul(dy, a!, true, ta) : tf.matMul(a!, dy, !ta, false), b!.shape),
    };
  },
};

/** Shares [n] of each window position along one side that lie on the image and not on its padding. */
function coverage(count: number, stride: number, window: number, length: number, before: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: count }, (_, i) => {
    const start = i * stride - before;
    return (Math.min(start + window, length) - Math.max(start, 0)) / window;
  }));
}

/**
 * The share [1,H',W',1] of each window that lies on the image, by which the eager kernel AvgPoolGrad gives too little: the mean of
 * a window excludes padding, but the kernel divides by the whole window. Nothing where there is no padding, and on the
 * backend `tensorflow`, whose kernel divides by the covered part.
 */
function coverageOf(x: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: Attributes): tf.Tensor | undefined {
  if (tf.getBackend() === 'tensorflow') return undefined;
  type Geometry = Parameters<typeof tf.backend_util.computePool2DInfo>;
  const g = tf.backend_util.computePool2DInfo(
    (x as tf.Tensor4D).shape, filterSize as Geometry[1], strides as Geometry[2], 1, pad as Geometry[4], dimRoundingMode as Geometry[5],
  );
  if ([g.padInfo.top, g.padInfo.left, g.padInfo.bottom, g.padInfo.right].every((length) => length === 0)) return undefined;
  const rows = coverage(g.outHeight, g.strideHeight, g.filterHeight, g.inHeight, g.padInfo.top);
  const columns = coverage(g.outWidth, g.strideWidth, g.filterWidth, g.inWidth, g.padInfo.left);
  return tf.mul(tf.reshape(rows, [1, -1, 1, 1]), tf.reshape(columns, [1, 1, -1, 1]));
}

/** dy over the share of each window that is covered. */
function overCoverage(dy: tf.Tensor, x: tf.Tensor, attributes: Attributes): tf.Tensor {
  const share = coverageOf(x, attributes);
  return share === undefined ? dy : tf.div(dy, share);
}

/** The elements of `values` where the maxima of `x` stand. */
function atMaxima(values: tf.Tensor, x: tf.Tensor, attributes: Attributes): tf.Tensor {
  const [, places] = tf.engine().runKernel<tf.Tensor[]>('MaxPoolWithArgmax', { x }, { ...geometry(attributes), includeBatchInIndex: true });
  return tf.gather(tf.reshape(values, [values.size]), places!);
}

const pooling: readonly GradientRule[] = [
  {
    kernelName: 'MaxPool',
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attributes) => ({
      x: () => kernel('MaxPoolGrad', { dy: dy as tf.Tensor, input: x!, output: y! }, geometry(attributes)),
    }),
  },
  {
    kernelName: 'MaxPoolWithArgmax',
    inputsToSave: ['x'],
    outputsToSave: [true, false],
    gradFunc: (dys, [x, y], attributes) => ({
      x: () => kernel('MaxPoolGrad', { dy: (dys as tf.Tensor[])[0]!, input: x!, output: y! }, geometry(attributes)),
    }),
  },
  { // linear in dy: which places it picks does not change with x
    kernelName: 'MaxPoolGrad',
    inputsToSave: ['input', 'output'],
    gradFunc: (ddx, [input, output], attributes) => ({
      dy: () => atMaxima(ddx as tf.Tensor, input!, attributes),
      input: none(input!),
      output: none(output!),
    }),
  },
  {
    kernelName: 'AvgPool',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () => kernel('AvgPoolGrad', { dy: overCoverage(dy as tf.Tensor, x!, attributes), input: x! }, geometry(attributes)),
    }),
  },
  { // the adjoint of the eager kernel: sums over the covered part of each window, over the whole window
    kernelName: 'AvgPoolGrad',
    inputsToSave: ['input'],
    gradFunc: (ddx, [input], attributes) => ({
      dy: () => {
        const mean = kernel('AvgPool', { x: ddx as tf.Tensor }, geometry(attributes));
        const share = coverageOf(input!, attributes);
        return share === undefined ? mean : tf.mul(mean, share);
      },
      input: none(input!),
    }),
  },
];

/** y = (x - mean) / sqrt(variance + epsilon) * scale + offset, each of the four statistics broadcast against x. */
const batchNorm: GradientRule = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  gradFunc: (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
    const inverseDeviation = (): tf.Tensor => tf.rsqrt(tf.add(variance!, varianceEpsilon as number));
    const scaled = (): tf.Tensor => (scale === undefined ? (dy as tf.Tensor) : tf.mul(dy as tf.Tensor, scale));
    const centred = (): tf.Tensor => tf.sub(x!, mean!);
    const cubed = (r: tf.Tensor): tf.Tensor => tf.mul(r, tf.square(r));
    return {
      x: () => tf.mul(scaled(), inverseDeviation()),
      mean: () => unbroadcast(tf.neg(tf.mul(scaled(), inverseDeviation())), mean!.shape),
      variance: () => unbroadcast(tf.mul(tf.mul(scaled(), centred()), tf.mul(-0.5, cubed(inverseDeviation()))), variance!.shape),
      scale: () => unbroadcast(tf.mul(dy as tf.Tensor, tf.mul(centred(), inverseDeviation())), mean!.shape),
      offset: () => unbroadcast(dy as tf.Tensor, mean!.shape),
    };
  },
};

export const networkGradients: readonly GradientRule[] = [matmul, ...pooling, batchNorm];

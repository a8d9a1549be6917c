import * as tf from '@tensorflow/tfjs-core';
import { unbroadcast, type Attributes, type GradientRule } from './rule.js';

const kernel = (name: string, inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes);

/** The attributes that the forward and backward kernels of one convolution or pooling share. */
const GEOMETRY = ['strides', 'pad', 'dataFormat', 'dimRoundingMode', 'filterSize'];
const geometry = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => GEOMETRY.includes(name)));

function refuseDilation(kernelName: string, attributes: Attributes): void {
  const dilations = (attributes.dilations ?? [1, 1]) as [number, number];
  tf.util.assert(
    tf.backend_util.tupleValuesAreOne(dilations),
    () => `${kernelName}: no eager backend has gradients for dilations above 1, got ${dilations.toString()}`,
  );
}

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

const convolutions: readonly GradientRule[] = [
  {
    kernelName: 'Conv2D',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, [x, filter], attributes) => {
      refuseDilation('Conv2D', attributes);
      return {
        x: () => kernel('Conv2DBackpropInput', { dy: dy as tf.Tensor, filter: filter! }, { ...geometry(attributes), inputShape: x!.shape }),
        filter: () => kernel('Conv2DBackpropFilter', { x: x!, dy: dy as tf.Tensor }, { ...geometry(attributes), filterShape: filter!.shape }),
      };
    },
  },
  { // the input gradient is linear in dy and in the filter: its own gradient is the convolution again
    kernelName: 'Conv2DBackpropInput',
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx, [dy, filter], attributes) => ({
      dy: () => kernel('Conv2D', { x: ddx as tf.Tensor, filter: filter! }, { ...geometry(attributes), dilations: [1, 1] }),
      filter: () => kernel('Conv2DBackpropFilter', { x: ddx as tf.Tensor, dy: dy! }, { ...geometry(attributes), filterShape: filter!.shape }),
    }),
  },
  {
    kernelName: 'Conv2DBackpropFilter',
    inputsToSave: ['x', 'dy'],
    gradFunc: (ddw, [x, dy], attributes) => ({
      x: () => kernel('Conv2DBackpropInput', { dy: dy!, filter: ddw as tf.Tensor }, { ...geometry(attributes), inputShape: x!.shape }),
      dy: () => kernel('Conv2D', { x: x!, filter: ddw as tf.Tensor }, { ...geometry(attributes), dilations: [1, 1] }),
    }),
  },
  {
    kernelName: 'DepthwiseConv2dNative',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, [x, filter], attributes) => {
      refuseDilation('DepthwiseConv2dNative', attributes);
      const shared = { ...geometry(attributes), dilations: [1, 1] };
      return {
        x: () => kernel('DepthwiseConv2dNativeBackpropInput', { dy: dy as tf.Tensor, filter: filter! }, { ...shared, inputShape: x!.shape }),
        filter: () => kernel('DepthwiseConv2dNativeBackpropFilter', { x: x!, dy: dy as tf.Tensor }, { ...shared, filterShape: filter!.shape }),
      };
    },
  },
];

/** Shares [n] of each window position along one side that lie on the image and not on its padding. */
function coverage(count: number, stride: number, window: number, length: number, before: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: count }, (_, i) => {
    const start = i * stride - before;
    return (Math.min(start + window, length) - Math.max(start, 0)) / window;
  }));
}

/**
 * The mean of a window excludes padding, but the eager gradient kernel divides by the whole window: dy over the share
 * of the window that is covered makes up for it.
 */
function overCoverage(dy: tf.Tensor, x: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: Attributes): tf.Tensor {
  type Geometry = Parameters<typeof tf.backend_util.computePool2DInfo>;
  const g = tf.backend_util.computePool2DInfo(
    (x as tf.Tensor4D).shape, filterSize as Geometry[1], strides as Geometry[2], 1, pad as Geometry[4], dimRoundingMode as Geometry[5],
  );
  const rows = coverage(g.outHeight, g.strideHeight, g.filterHeight, g.inHeight, g.padInfo.top);
  const columns = coverage(g.outWidth, g.strideWidth, g.filterWidth, g.inWidth, g.padInfo.left);
  if ([g.padInfo.top, g.padInfo.left, g.padInfo.bottom, g.padInfo.right].every((length) => length === 0)) return dy;
  return tf.div(dy, tf.mul(tf.reshape(rows, [1, -1, 1, 1]), tf.reshape(columns, [1, 1, -1, 1])));
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
    kernelName: 'AvgPool',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () => kernel('AvgPoolGrad', { dy: overCoverage(dy as tf.Tensor, x!, attributes), input: x! }, geometry(attributes)),
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

export const networkGradients: readonly GradientRule[] = [matmul, ...convolutions, ...pooling, batchNorm];

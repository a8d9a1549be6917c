import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { floats, row, type ContractRow } from './row.js';

interface ConvolutionCase { name: string; image: number[]; filter: number[]; stride: number | [number, number]; pad: 'same' | 'valid' | number }

const cases: readonly ConvolutionCase[] = [
  { name: '3x3 same', image: [2, 5, 6, 3], filter: [3, 3, 3, 4], stride: 1, pad: 'same' },
  { name: '3x3 valid', image: [2, 5, 6, 3], filter: [3, 3, 3, 4], stride: 1, pad: 'valid' },
  { name: '3x3 stride 2 same, even', image: [2, 6, 6, 2], filter: [3, 3, 2, 3], stride: 2, pad: 'same' },
  { name: '3x3 stride 2 same, odd', image: [2, 7, 7, 2], filter: [3, 3, 2, 3], stride: 2, pad: 'same' },
  { name: '3x3 stride 2 valid with a rest', image: [1, 8, 6, 2], filter: [3, 3, 2, 3], stride: 2, pad: 'valid' },
  { name: '1x1 stride 2', image: [2, 6, 6, 3], filter: [1, 1, 3, 4], stride: 2, pad: 'same' },
  { name: '5x5 padding 1', image: [1, 6, 7, 2], filter: [5, 5, 2, 2], stride: 1, pad: 1 },
  { name: '4x4 stride (2, 1) same', image: [2, 6, 5, 2], filter: [4, 4, 2, 3], stride: [2, 1], pad: 'same' },
];

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const pads = (pad: ConvolutionCase['pad']): 'floor' | undefined => (typeof pad === 'number' ? 'floor' : undefined);

const convolutions = cases.map(({ name, image: shape, filter, stride, pad }) =>
  row(`conv2d ${name}`, { x: floats(shape), w: floats(filter, -1, 1) },
    ({ x, w }) => tf.conv2d(image(x!), image(w!), stride, pad, 'NHWC', 1, pads(pad))));

const transposed = cases.slice(0, 3).map(({ name, image: shape, filter, stride, pad }) => {
  const [n, h, w, c] = shape as [number, number, number, number];
  const out = tf.backend_util.computeConv2DInfo([n, h, w, c], filter as [number, number, number, number], stride, 1, pad).outShape;
  return row(`conv2dTranspose ${name}`, { x: floats(out), w: floats(filter, -1, 1) },
    ({ x, w: weights }) => tf.conv2dTranspose(image(x!), image(weights!), [n, h, w, c], stride, pad));
});

const poolingCases = [
  { name: '2x2 stride 2 valid', shape: [2, 6, 6, 3], window: 2, stride: 2, pad: 'valid' },
  { name: '3x3 stride 2 same', shape: [2, 7, 6, 2], window: 3, stride: 2, pad: 'same' },
  { name: '3x3 stride 1 same', shape: [1, 5, 5, 2], window: 3, stride: 1, pad: 'same' },
  { name: '2x2 stride 2 with a rest', shape: [1, 5, 7, 2], window: 2, stride: 2, pad: 'valid' },
  { name: 'of the whole image', shape: [2, 4, 4, 3], window: 4, stride: 4, pad: 'valid' },
] as const;

const pools = poolingCases.flatMap(({ name, shape, window, stride, pad }) => [
  row(`maxPool ${name}`, { x: floats(shape) }, ({ x }) => tf.maxPool(image(x!), window, stride, pad)),
  row(`avgPool ${name}`, { x: floats(shape) }, ({ x }) => tf.avgPool(image(x!), window, stride, pad)),
]);

/** The kernels that gradients are made of, with gradients of their own: second derivatives. */
const gradientKernels: readonly ContractRow[] = [
  row('Conv2DBackpropFilter', { x: floats([2, 5, 6, 2]), dy: floats([2, 3, 3, 3], -1, 1) },
    ({ x, dy }) => kernel('Conv2DBackpropFilter', { x: x!, dy: dy! }, { strides: [2, 2], pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 2, 3] }), true, { batched: ['x', 'dy'] }),
  row('DepthwiseConv2dNativeBackpropInput', { dy: floats([2, 4, 5, 4], -1, 1), w: floats([3, 3, 2, 2]) },
    ({ dy, w }) => kernel('DepthwiseConv2dNativeBackpropInput', { dy: dy!, filter: w! }, { strides: [1, 1], pad: 'same', dilations: [1, 1], inputShape: [2, 4, 5, 2] })),
  row('DepthwiseConv2dNativeBackpropFilter', { x: floats([2, 4, 5, 2]), dy: floats([2, 2, 2, 4], -1, 1) },
    ({ x, dy }) => kernel('DepthwiseConv2dNativeBackpropFilter', { x: x!, dy: dy! }, { strides: [2, 2], pad: 'valid', dilations: [1, 1], filterShape: [2, 3, 2, 2] })),
  row('MaxPoolGrad', { x: floats([2, 5, 6, 2]), dy: floats([2, 3, 3, 2], -1, 1) }, ({ x, dy }) => {
    const attributes = { filterSize: [3, 3], strides: [2, 2], pad: 'same' };
    return kernel('MaxPoolGrad', { dy: dy!, input: x!, output: tf.maxPool(image(x!), 3, 2, 'same') }, attributes);
  }, true, { batched: ['x', 'dy'] }),
  row('AvgPoolGrad', { x: floats([2, 5, 6, 2]), dy: floats([2, 3, 3, 2], -1, 1) },
    ({ x, dy }) => kernel('AvgPoolGrad', { dy: dy!, input: x! }, { filterSize: [3, 3], strides: [2, 2], pad: 'same' }), true, { batched: ['x', 'dy'] }),
  row('gradient of avgPool', { x: floats([2, 5, 6, 2]), dy: floats([2, 3, 3, 2], -1, 1) },
    ({ x, dy }) => tf.grad((v: tf.Tensor) => tf.avgPool(image(v), 3, 2, 'same'))(x!, dy)),
];

export const imageRows: readonly ContractRow[] = [
  ...convolutions,
  ...transposed,
  row('conv2d NCHW', { x: floats([2, 3, 5, 6]), w: floats([3, 3, 3, 4]) },
    ({ x, w }) => tf.conv2d(image(x!), image(w!), 1, 'same', 'NCHW')),
  row('conv2d dilated', { x: floats([1, 7, 7, 2]), w: floats([3, 3, 2, 2]) }, ({ x, w }) => tf.conv2d(image(x!), image(w!), 1, 'same', 'NHWC', 2)),
  row('conv2d dilated by (1, 3), valid', { x: floats([2, 5, 9, 2]), w: floats([2, 3, 2, 3]) }, ({ x, w }) => tf.conv2d(image(x!), image(w!), 1, 'valid', 'NHWC', [1, 3]), true, { batched: ['x'] }),
  row('depthwiseConv2d dilated', { x: floats([2, 7, 6, 2]), w: floats([3, 2, 2, 2]) }, ({ x, w }) => tf.depthwiseConv2d(image(x!), image(w!), 1, 'same', 'NHWC', 2)),
  row('maxPoolWithArgmax', { x: floats([2, 5, 6, 3]) }, ({ x }) => tf.maxPoolWithArgmax(image(x!), 3, 2, 'same').result!, true, { batched: ['x'] }),
  row('places of maxPoolWithArgmax', { x: floats([2, 5, 6, 3]) }, ({ x }) => tf.maxPoolWithArgmax(image(x!), 2, 2, 'valid').indexes!, false, { batched: ['x'] }),
  row('places of maxPoolWithArgmax in the batch', { x: floats([2, 5, 6, 3]) }, ({ x }) => tf.maxPoolWithArgmax(image(x!), 3, 1, 'same', true).indexes!, false, { batched: ['x'] }),
  row('conv2d of one image', { x: floats([5, 6, 3]), w: floats([3, 3, 3, 4]) }, ({ x, w }) => tf.conv2d(x as tf.Tensor3D, image(w!), 1, 'same')),
  row('depthwiseConv2d', { x: floats([2, 5, 6, 3]), w: floats([3, 3, 3, 2]) }, ({ x, w }) => tf.depthwiseConv2d(image(x!), image(w!), 1, 'same')),
  row('depthwiseConv2d stride 2', { x: floats([2, 6, 6, 2]), w: floats([3, 3, 2, 1]) }, ({ x, w }) => tf.depthwiseConv2d(image(x!), image(w!), 2, 'same')),
  ...gradientKernels,
  ...pools,
  row('batchNorm', { x: floats([2, 3, 3, 4]), m: floats([4]), v: floats([4], 0.5, 2), o: floats([4], 0, 1), s: floats([4], 1, 2) },
    ({ x, m, v, o, s }) => tf.batchNorm4d(image(x!), m as tf.Tensor1D, v as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D, 1e-3)),
  row('batch statistics', { x: floats([4, 3, 3, 2]), s: floats([2], 1, 2), o: floats([2]) }, ({ x, s, o }) => {
    const { mean, variance } = tf.moments(x!, [0, 1, 2]);
    return tf.add(tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5))), s!), o!);
  }),
];

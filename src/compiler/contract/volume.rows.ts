import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { floats, row, type ContractRow } from './row.js';

type Triple = [number, number, number];
const volume = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;
const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

interface Case { name: string; volume: number[]; filter: number[]; stride: number | Triple; pad: 'same' | 'valid'; dilation?: number | Triple }
const cases: readonly Case[] = [
  { name: '3x3x3 same', volume: [2, 3, 4, 3, 2], filter: [3, 3, 3, 2, 3], stride: 1, pad: 'same' },
  { name: '2x3x1 valid', volume: [1, 4, 4, 3, 2], filter: [2, 3, 1, 2, 2], stride: 1, pad: 'valid' },
  { name: '3x2x3 stride 2 same', volume: [2, 5, 4, 6, 1], filter: [3, 2, 3, 1, 2], stride: 2, pad: 'same' },
  { name: '2x2x2 stride (1, 2, 3) valid', volume: [1, 3, 5, 6, 2], filter: [2, 2, 2, 2, 2], stride: [1, 2, 3], pad: 'valid' },
  { name: '1x1x1 stride 3 same, windows apart', volume: [1, 7, 5, 6, 1], filter: [1, 1, 1, 1, 2], stride: 3, pad: 'same' },
  { name: '2x3x2 dilated', volume: [1, 5, 6, 5, 1], filter: [2, 3, 2, 1, 2], stride: 1, pad: 'same', dilation: [2, 1, 3] },
];
const convolutions = cases.map(({ name, volume: shape, filter, stride, pad, dilation }) =>
  row(`conv3d ${name}`, { x: floats(shape), w: floats(filter, -1, 1) },
    ({ x, w }) => tf.conv3d(volume(x!), volume(w!), stride, pad, 'NDHWC', dilation), true, { batched: ['x'] }));

const transposed: readonly ContractRow[] = [
  row('conv3dTranspose stride 2', { x: floats([1, 2, 2, 3, 2]), w: floats([3, 3, 2, 1, 2], -1, 1) },
    ({ x, w }) => tf.conv3dTranspose(volume(x!), volume(w!), [1, 4, 3, 6, 1], 2, 'same')),
  row('Conv3DBackpropFilterV2', { x: floats([2, 3, 4, 3, 1]), dy: floats([2, 3, 4, 3, 2], -1, 1) },
    ({ x, dy }) => kernel('Conv3DBackpropFilterV2', { x: x!, dy: dy! }, { strides: [1, 1, 1], pad: 'same', filterShape: [2, 3, 3, 1, 2] })),
];

const windows = [
  { name: '2x2x2 valid', shape: [2, 4, 4, 4, 2], window: 2, stride: 2, pad: 'valid' },
  { name: '3x3x3 stride 2 same', shape: [1, 5, 4, 5, 2], window: 3, stride: 2, pad: 'same' },
  { name: '2x3x1 stride 1 same', shape: [1, 3, 4, 3, 1], window: [2, 3, 1] as Triple, stride: 1, pad: 'same' },
] as const;
const pools = windows.flatMap(({ name, shape, window, stride, pad }) => [
  row(`maxPool3d ${name}`, { x: floats(shape) }, ({ x }) => tf.maxPool3d(volume(x!), window, stride, pad), true, { batched: ['x'] }),
  row(`avgPool3d ${name}`, { x: floats(shape) }, ({ x }) => tf.avgPool3d(volume(x!), window, stride, pad), true, { batched: ['x'] }),
]);
/** The eager maximum counts places of windows as if they were as high as wide, and takes the last of equal elements. */
const poolGradients = [
  row('MaxPool3DGrad', { x: floats([1, 5, 4, 5, 2]), dy: floats([1, 3, 2, 3, 2], -1, 1) }, ({ x, dy }) => {
    const attributes = { filterSize: [3, 3, 3], strides: [2, 2, 2], pad: 'same' };
    return kernel('MaxPool3DGrad', { dy: dy!, input: x!, output: kernel('MaxPool3D', { x: x! }, { ...attributes, dataFormat: 'NDHWC' }) }, attributes);
  }, false),
  row('AvgPool3DGrad', { x: floats([1, 5, 4, 5, 2]), dy: floats([1, 3, 2, 3, 2], -1, 1) },
    ({ x, dy }) => kernel('AvgPool3DGrad', { dy: dy!, input: x! }, { filterSize: [3, 3, 3], strides: [2, 2, 2], pad: 'same' }), false),
];

const dilations = [
  { name: '3x3 same', shape: [2, 5, 4, 2], filter: [3, 3, 2], stride: 1, pad: 'same', dilation: 1 },
  { name: '2x3 stride 2 valid', shape: [1, 6, 7, 1], filter: [2, 3, 1], stride: 2, pad: 'valid', dilation: 1 },
  { name: '2x2, apart', shape: [1, 6, 5, 2], filter: [2, 2, 2], stride: 1, pad: 'same', dilation: 2 },
] as const;
const morphology = dilations.flatMap(({ name, shape, filter, stride, pad, dilation }) => {
  const attributes = { strides: [stride, stride], pad, dilations: [dilation, dilation] };
  const out = tf.backend_util.computeDilation2DInfo([...shape], [...filter], stride, pad, 'NHWC', dilation).outShape;
  return [
    row(`dilation2d ${name}`, { x: floats(shape), w: floats(filter) }, ({ x, w }) => tf.dilation2d(image(x!), w as tf.Tensor3D, stride, pad, dilation), true, { batched: ['x'] }),
    ...(['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'] as const).map((gradient) =>
      row(`${gradient} ${name}`, { x: floats(shape), w: floats(filter), dy: floats(out, -1, 1) }, ({ x, w, dy }) => kernel(gradient, { x: x!, filter: w!, dy: dy! }, attributes), false)),
  ];
});

export const volumeRows: readonly ContractRow[] = [...convolutions, ...transposed, ...pools, ...poolGradients, ...morphology];

import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import type { NamedHostTensors } from '../tensors.js';
import { floats, integers, row, type ContractRow } from './row.js';

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

const flags = [
  { name: '', alignCorners: false, halfPixelCenters: false },
  { name: ', corners aligned', alignCorners: true, halfPixelCenters: false },
  { name: ', half-pixel centres', alignCorners: false, halfPixelCenters: true },
] as const;
const sizes = [{ to: [7, 5], name: 'larger' }, { to: [2, 3], name: 'smaller' }, { to: [1, 1], name: 'to one pixel' }] as const;

const resized = flags.flatMap(({ name, alignCorners, halfPixelCenters }) => sizes.flatMap(({ to, name: size }) => [
  row(`resizeBilinear ${size}${name}`, { x: floats([2, 4, 3, 2]) }, ({ x }) => tf.image.resizeBilinear(image(x!), [...to], alignCorners, halfPixelCenters), true, { batched: ['x'] }),
  row(`resizeNearestNeighbor ${size}${name}`, { x: floats([2, 4, 3, 2]) }, ({ x }) => tf.image.resizeNearestNeighbor(image(x!), [...to], alignCorners, halfPixelCenters), true, { batched: ['x'] }),
]));

/** The eager gradient kernels are right for square images without half-pixel centres, and the nearest one for one image. */
const gradients = (['ResizeBilinearGrad', 'ResizeNearestNeighborGrad'] as const).flatMap((name) => [false, true].map((alignCorners) =>
  row(`${name}${alignCorners ? ', corners aligned' : ''}`, { x: floats([1, 4, 4, 2]), dy: floats([1, 6, 6, 2]) },
    ({ x, dy }) => kernel(name, { images: x!, dy: dy! }, { alignCorners, halfPixelCenters: false, size: [6, 6] }), false)));

const others: readonly ContractRow[] = [
  row('resizeBilinear of one image', { x: floats([4, 3, 2]) }, ({ x }) => tf.image.resizeBilinear(x as tf.Tensor3D, [5, 5])),
  row('resizeBilinear of int', { x: integers([1, 2, 2, 1], 1, 5, 9, 2) }, ({ x }) => tf.image.resizeBilinear(image(x!), [3, 3]), false),
  row('flipLeftRight', { x: floats([2, 3, 4, 2]) }, ({ x }) => tf.image.flipLeftRight(image(x!)), true, { batched: ['x'] }),
  row('rotateWithOffset', { x: floats([2, 5, 4, 3]) }, ({ x }) => tf.image.rotateWithOffset(image(x!), 0.7, 0.5), true, { batched: ['x'] }),
  row('rotateWithOffset with colours and a centre', { x: floats([1, 4, 4, 4]) }, ({ x }) => tf.image.rotateWithOffset(image(x!), -1.1, [0.1, 0.2, 0.3], [0.25, 0.75])),
];

const boxes = { dtype: 'float32', shape: [3, 4], data: Float32Array.of(0.1, 0.05, 0.91, 0.83, -0.33, 0.21, 0.63, 1.31, 0.7, 0.87, 0.2, 0.15) } as const;
const boxesOf = (b: tf.Tensor | undefined): tf.Tensor2D => (b ?? tf.tensor(boxes.data, [3, 4])) as tf.Tensor2D;
/** Nearest pixels jump when a box moves: there the boxes are constants, so that no gradient is asked of them. */
const crops = ([['bilinear', { b: boxes }], ['nearest', {}]] as const).flatMap(([method, moving]) => [
  row(`cropAndResize ${method}`, { x: floats([2, 5, 6, 2]), i: integers([3], 0, 1, 1), ...moving },
    ({ x, b, i }) => tf.image.cropAndResize(image(x!), boxesOf(b), i as tf.Tensor1D, [4, 3], method, 0.5), true, method === 'bilinear' ? { batched: ['b', 'i'] } : {}),
  row(`cropAndResize ${method} to one pixel`, { x: floats([2, 5, 6, 2]), i: integers([3], 1, 0, 1), ...moving },
    ({ x, b, i }) => tf.image.cropAndResize(image(x!), boxesOf(b), i as tf.Tensor1D, [1, 1], method), true, { batched: ['x'] }),
]);
const missing = row('cropAndResize from an image that does not exist', { x: floats([1, 4, 4, 1]), i: integers([3], 0, 1, 2) },
  ({ x, i }) => tf.image.cropAndResize(image(x!), boxesOf(undefined), i as tf.Tensor1D, [2, 2], 'bilinear', 7), false);

/** Turned, stretched, moved and seen in perspective; no pixel falls on a whole or half place. */
const projection = { dtype: 'float32', shape: [1, 8], data: Float32Array.of(0.853, 0.294, -1.215, -0.254, 1.11, 0.563, 0.031, -0.027) } as const;
const two = { dtype: 'float32', shape: [2, 8], data: Float32Array.of(0.873, 0.376, -1.299, -0.247, 1.124, 0.555, 0, 0, 1.672, 0.168, 2.402, 0.232, -0.751, 3.163, 0, 0) } as const;
const fillModes = ['constant', 'reflect', 'wrap', 'nearest'] as const;

/** Each image by itself: eager cpu transforms only the first of a batch. */
const oneByOne = (x: tf.Tensor, t: tf.Tensor, f: (x: tf.Tensor4D, t: tf.Tensor2D) => tf.Tensor): tf.Tensor =>
  tf.concat(tf.split(t, 2).map((part, i) => f(tf.slice(image(x), [i, 0, 0, 0], [1, -1, -1, -1]), part as tf.Tensor2D)));

const transformed = (['bilinear', 'nearest'] as const).flatMap((interpolation) => fillModes.flatMap((fillMode) => {
  const moving = interpolation === 'bilinear' && fillMode !== 'wrap'; // places jump where a wrapped image ends
  const given = (spec: typeof projection | typeof two): NamedHostTensors => (moving ? { t: spec } : {});
  const single = (t: tf.Tensor | undefined): tf.Tensor2D => (t ?? tf.tensor(projection.data, [1, 8])) as tf.Tensor2D;
  const both = (t: tf.Tensor | undefined): tf.Tensor2D => (t ?? tf.tensor(two.data, [2, 8])) as tf.Tensor2D;
  const each = (x: tf.Tensor4D, t: tf.Tensor2D): tf.Tensor => tf.image.transform(x, t, interpolation, fillMode);
  return [
    row(`transform ${interpolation}, ${fillMode}`, { x: floats([1, 5, 6, 2]), ...given(projection) },
      ({ x, t }) => tf.image.transform(image(x!), single(t), interpolation, fillMode, 0.3, [6, 7]), true, { tolerance: 5e-5 }),
    ...(fillMode !== 'reflect' ? [] : [row(`transform ${interpolation}, ${fillMode}, of each image`, { x: floats([2, 5, 6, 1]), ...given(two) }, ({ x, t }) => each(image(x!), both(t)), true, {
      tolerance: 5e-5, ...(moving ? { batched: ['x', 't'] } : {}),
      instead: { why: 'eager cpu transforms the first image of a batch only', apply: ({ x, t }) => oneByOne(x!, both(t), each) },
    })]),
  ];
}));

export const resamplingRows: readonly ContractRow[] = [...resized, ...gradients, ...others, ...crops, missing, ...transformed];

import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../tensors.js';
import { floats, row, type ContractRow } from './row.js';

type Shape4 = [number, number, number, number];

/** Whole blocks of 16 channels and examples, so that the engine's blocked convolutions are reached on every processor. */
const cases: readonly { readonly image: Shape4; readonly filter: Shape4; readonly stride: number; readonly pad: 'same' | 'valid' }[] = [
  { image: [16, 6, 5, 16], filter: [3, 3, 16, 32], stride: 1, pad: 'same' },
  { image: [16, 6, 6, 32], filter: [3, 3, 32, 16], stride: 2, pad: 'same' },
  { image: [16, 7, 7, 16], filter: [3, 3, 16, 16], stride: 2, pad: 'valid' },
  { image: [16, 5, 5, 32], filter: [1, 1, 32, 16], stride: 1, pad: 'same' },
  { image: [16, 6, 6, 16], filter: [1, 1, 16, 32], stride: 2, pad: 'same' },
  { image: [16, 5, 5, 3], filter: [3, 3, 3, 16], stride: 1, pad: 'same' },
];

/** So far from 0 that no value of the convolution carries a channel across the kink of the ReLU. */
const alternating = (length: number): HostTensor => ({ dtype: 'float32', shape: [length], data: Float32Array.from({ length }, (_, i) => (i % 2 === 0 ? 4 : -4)) });

export const blockedRows: readonly ContractRow[] = cases.map(({ image, filter, stride, pad }) =>
  row(`conv2d, bias and relu in blocks, ${image.join('x')} * ${filter.join('x')} stride ${stride} ${pad}`,
    { x: floats(image, -1, 1), w: floats(filter, -0.05, 0.05), b: alternating(filter[3]) },
    ({ x, w, b }) => tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad), b!))));

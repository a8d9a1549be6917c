import * as tf from '@tensorflow/tfjs-core';
import { required, type Layer } from './layer.js';
import type { Role } from './layers.js';

export interface TransposedConvolutionOptions {
  /** [height, width, channels] of the result; ceil(height / stride) and ceil(width / stride) are those of the input. */
  readonly outputShape: readonly [number, number, number];
  readonly kernelSize: number;
  readonly stride: number;
  readonly role: Role;
}

/** The transpose of a zero-padded convolution, and a bias: h [batch, ...shape] -> [batch, ...outputShape]. */
export function transposedConvolution(name: string, shape: readonly number[], options: TransposedConvolutionOptions): Layer {
  const { outputShape, kernelSize, stride, role } = options;
  const [channels, filters] = [shape.at(-1)!, outputShape[2]];
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  // An output pixel sums over the kernel's places that the stride reaches.
  const places = kernelSize ** 2 / stride ** 2;
  return {
    outputShape,
    parameters: {
      [kernel]: {
        shape: [kernelSize, kernelSize, filters, channels],
        initialiser: role === 'rectified'
          ? { kind: 'he-normal', fanIn: places * channels }
          : { kind: 'glorot-uniform', fanIn: places * channels, fanOut: places * filters },
      },
      [bias]: { shape: [filters], initialiser: { kind: 'constant', value: 0 } },
    },
    statistics: {},
    masks: {},
    apply: (state, h) => ({
      h: tf.add(
        tf.conv2dTranspose(h as tf.Tensor4D, required(state, kernel) as tf.Tensor4D, [h.shape[0], ...outputShape], stride, 'same'),
        required(state, bias),
      ),
      statistics: {},
    }),
  };
}

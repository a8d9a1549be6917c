import * as tf from '@tensorflow/tfjs-core';
import { pure, sequence, type Layer } from '../layer.js';
import { convolution, dense, flatten, type Role } from '../layers.js';

/** Slope of the leaky rectifier below 0 in encoders and discriminators. */
const LEAK = 0.1;
const STRIDE = 2;

export const leaky = (shape: readonly number[]): Layer => pure(shape, (h) => tf.leakyRelu(h, LEAK));

/** Wraps a layer that has a kernel, e.g. in spectral normalisation. */
export type KernelWrapper = (layer: Layer, kernel: string) => Layer;
const unchanged: KernelWrapper = (layer) => layer;

/** Values of one example in [0, 1] -> [-1, 1], strided convolutions with leaky rectifiers, flattened: [batch, width]. */
export function inputTower(name: string, inputShape: readonly number[], channels: readonly number[], kernelSize: number, wrap = unchanged): Layer {
  const layers: Layer[] = [pure(inputShape, (h) => tf.sub(tf.mul(h, 2), 1))];
  let shape = inputShape;
  channels.forEach((filters, i) => {
    const at = `${name}/conv${i + 1}`;
    const layer = convolution(at, shape, { filters, kernelSize, stride: STRIDE, bias: true, role: 'rectified' });
    layers.push(wrap(layer, `${at}/kernel`), leaky(layer.outputShape));
    shape = layer.outputShape;
  });
  return sequence([...layers, flatten(shape)]);
}

/** Dense layers with leaky rectifiers and a linear last one: [batch, inputs] -> [batch, outputs]. */
export function denseTower(name: string, inputs: number, widths: readonly number[], outputs: number, wrap = unchanged): Layer {
  const layers: Layer[] = [];
  let from = inputs;
  const add = (at: string, units: number, role: Role): void => {
    layers.push(wrap(dense(at, from, units, role), `${at}/kernel`));
    from = units;
  };
  widths.forEach((units, i) => {
    add(`${name}/dense${i + 1}`, units, 'rectified');
    layers.push(leaky([units]));
  });
  add(`${name}/output`, outputs, 'linear');
  return sequence(layers);
}

/** Shapes [height, width] before, between and after `count` halvings, rounded up. */
export function halvedSizes([height, width]: readonly number[], count: number): readonly (readonly [number, number])[] {
  const sizes: [number, number][] = [[height!, width!]];
  for (let i = 0; i < count; i++) sizes.push([Math.ceil(sizes[i]![0] / STRIDE), Math.ceil(sizes[i]![1] / STRIDE)]);
  return sizes;
}

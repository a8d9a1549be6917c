import { sequence, type Layer } from './layer.js';
import { activation, convolution, dense, dropout, flatten, normalise, roleBefore } from './layers.js';
import { defineNetwork, segment, type Network, type Segment } from './network.js';
import type { ConvnetOptions, InputNormalisation } from './network.options.js';

/** Strides as given, or 1 for the first convolution and 2 for the others. */
export const stridesOf = ({ channels, strides }: Pick<ConvnetOptions, 'channels' | 'strides'>): readonly number[] =>
  strides ?? channels.map((_, i) => (i === 0 ? 1 : 2));

/**
 * Plain convolutional network: every convolution and every hidden dense layer, each with its activation, is a segment; the
 * linear output layer is the last one. The last allowed mix point is below the last hidden layer.
 */
export function convnet(options: ConvnetOptions, inputShape: readonly number[], classCount: number, normalisation: InputNormalisation): Network {
  const role = roleBefore(options.activation);
  const strides = stridesOf(options);
  const segments: Segment[] = [];
  let shape = inputShape;
  let below: readonly Layer[] = [normalise(inputShape, normalisation)];
  options.channels.forEach((filters, i) => {
    const name = `conv${i + 1}`;
    const layer = convolution(name, shape, { filters, kernelSize: options.kernelSize, stride: strides[i]!, bias: true, role });
    segments.push(segment(name, sequence([...below, layer, activation(options.activation, layer.outputShape)])));
    below = [];
    shape = layer.outputShape;
  });
  const flat = flatten(shape);
  below = [flat];
  let [width] = flat.outputShape as readonly [number];
  options.dense.forEach((units, i) => {
    const name = `dense${i + 1}`;
    segments.push(segment(name, sequence([
      ...below,
      dropout(`${name}/dropout`, [width], options.dropout),
      dense(name, width, units, role),
      activation(options.activation, [units]),
    ])));
    below = [];
    width = units;
  });
  segments.push(segment('logits', sequence([
    ...below, dropout('logits/dropout', [width], options.dropout), dense('logits', width, classCount, 'linear'),
  ])));
  return defineNetwork('convnet', inputShape, segments, segments.length - 2);
}

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import { joinSpecs, pure, sequence, type Layer } from '../layer.js';
import { dense } from '../layers.js';
import { transposedConvolution } from '../transposed-convolution.js';
import type { GeneratorNetworkOptions } from './generator.options.js';
import { fromUnit, givenWidth, withGiven, type GeneratorShape, type Given, type Specs } from './generator-shape.js';
import { halvedSizes } from './towers.js';

export interface Decoded {
  /** [batch, ...inputShape] log-odds of the values, scaled to [0, 1]. */
  readonly logits: tf.Tensor;
  /** [batch, ...inputShape] sigmoid(logits), scaled to the bounds: the mean of p(x | z). */
  readonly x: tf.Tensor;
  /** [batch, classes] probabilities, where labels are variables. */
  readonly labels?: tf.Tensor;
}

export interface Decoder extends Specs {
  /** z [batch, latent] -> p(x | z, y) and p(labels | z, y) */
  decode(state: NamedTensors, z: tf.Tensor, given: Pick<Given, 'y'>): Decoded;
}

const relu = (shape: readonly number[]): Layer => pure(shape, tf.relu);

/** Rectified dense layers of these widths. */
function hiddenLayers(inputs: number, widths: readonly number[]): Layer {
  const layers = widths.flatMap((units, i) => [dense(`decoder/dense${i + 1}`, i === 0 ? inputs : widths[i - 1]!, units, 'rectified'), relu([units])]);
  return sequence(layers);
}

/** [batch, width] -> [batch, ...inputShape]: dense, then transposed convolutions that each double the size. */
function outputLayers(width: number, channels: readonly number[], kernelSize: number, inputShape: readonly number[]): Layer {
  const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
  const reshaped = (shape: readonly number[]): Layer => pure(shape, (h) => tf.reshape(h, [-1, ...shape]));
  if (channels.length === 0) return sequence([dense('decoder/output', width, size(inputShape), 'linear'), reshaped(inputShape)]);
  const sizes = halvedSizes(inputShape, channels.length);
  const smallest = [...sizes.at(-1)!, channels.at(-1)!];
  const layers: Layer[] = [dense('decoder/seed', width, size(smallest), 'rectified'), reshaped(smallest), relu(smallest)];
  let shape: readonly number[] = smallest;
  for (let i = channels.length - 1; i >= 0; i--) {
    const outputShape = [...sizes[i]!, i === 0 ? inputShape[2]! : channels[i - 1]!] as const;
    layers.push(transposedConvolution(i === 0 ? 'decoder/output' : `decoder/deconv${channels.length - i}`, shape, { outputShape, kernelSize, stride: 2, role: i === 0 ? 'linear' : 'rectified' }));
    if (i > 0) layers.push(relu(outputShape));
    shape = outputShape;
  }
  return sequence(layers);
}

/** Dense layers from z and y, then the pixels' logits, and where labels are variables a linear head for theirs. */
export function createDecoder(channels: readonly number[], options: GeneratorNetworkOptions, shape: GeneratorShape): Decoder {
  const widths = options.dense.toReversed();
  const hidden = hiddenLayers(shape.latent + givenWidth(shape, false), widths);
  const output = outputLayers(widths.at(-1)!, channels, options.kernelSize, shape.inputShape);
  const labelHead = shape.attributes ? dense('decoder/labels', widths.at(-1)!, shape.classCount, 'linear') : undefined;
  const inference = { training: false, masks: {} };
  return {
    ...joinSpecs([hidden, output, ...(labelHead === undefined ? [] : [labelHead])]),
    decode(state, z, { y }) {
      const h = hidden.apply(state, withGiven(z, { y }), inference).h;
      const logits = output.apply(state, h, inference).h;
      return {
        logits,
        x: fromUnit(tf.sigmoid(logits), shape.bounds),
        ...(labelHead && { labels: tf.softmax(labelHead.apply(state, h, inference).h) }),
      };
    },
  };
}

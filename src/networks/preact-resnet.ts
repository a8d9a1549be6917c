import * as tf from '@tensorflow/tfjs-core';
import { joinSpecs, sequence, type Layer } from './layer.js';
import { activation, batchNorm, convolution, dense, globalAveragePool, normalise } from './layers.js';
import { defineNetwork, segment, type Network } from './network.js';
import type { InputNormalisation, PreactResnetOptions } from './network.options.js';

const BLOCKS = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] } as const;
const GROUP_STRIDES = [1, 2, 2, 2] as const;

const conv = (name: string, shape: readonly number[], filters: number, kernelSize: number, stride: number): Layer =>
  convolution(name, shape, { filters, kernelSize, stride, bias: false, role: 'rectified' });

const normRelu = (name: string, shape: readonly number[]): Layer => sequence([batchNorm(name, shape), activation('relu', shape)]);

/**
 * Full pre-activation block (He et al. 2016, "Identity mappings in deep residual networks", figure 1b):
 * a = relu(bn1(h)); h' = s + conv2(relu(bn2(conv1(a)))), s = h, or a 1x1 convolution of `a` where the shape changes.
 */
function residualBlock(name: string, shape: readonly number[], filters: number, stride: number): Layer {
  const before = normRelu(`${name}/norm1`, shape);
  const first = conv(`${name}/conv1`, shape, filters, 3, stride);
  const rest = sequence([
    first,
    normRelu(`${name}/norm2`, first.outputShape),
    conv(`${name}/conv2`, first.outputShape, filters, 3, 1),
  ]);
  const projection = stride === 1 && shape.at(-1) === filters ? undefined : conv(`${name}/shortcut`, shape, filters, 1, stride);
  return {
    outputShape: rest.outputShape,
    ...joinSpecs([before, rest, ...(projection ? [projection] : [])]),
    apply(state, h, context) {
      const a = before.apply(state, h, context);
      const residual = rest.apply(state, a.h, context);
      const shortcut = projection ? projection.apply(state, a.h, context).h : h;
      return { h: tf.add(residual.h, shortcut), statistics: { ...a.statistics, ...residual.statistics } };
    },
  };
}

/**
 * Pre-activation residual network for small images (stem 3x3, stride 1, no pooling), four groups of blocks. Mix point k
 * is the output of group k, as in the manifold mixup paper; the head bn - relu - average pool - linear belongs to group 4.
 */
export function preactResnet(options: PreactResnetOptions, inputShape: readonly number[], classCount: number, normalisation: InputNormalisation): Network {
  const stem = conv('stem', inputShape, options.width, 3, 1);
  let shape = stem.outputShape;
  const groups = BLOCKS[options.depth].map((count, g) => Array.from({ length: count }, (_, b) => {
    const block = residualBlock(`group${g + 1}/block${b + 1}`, shape, options.width * 2 ** g, b === 0 ? GROUP_STRIDES[g]! : 1);
    shape = block.outputShape;
    return block;
  }));
  const head = [normRelu('head/norm', shape), globalAveragePool(shape), dense('logits', shape.at(-1)!, classCount, 'linear')];
  const segments = groups.map((blocks, g) => segment(`group${g + 1}`, sequence([
    ...(g === 0 ? [normalise(inputShape, normalisation), stem] : []),
    ...blocks,
    ...(g === groups.length - 1 ? head : []),
  ])));
  return defineNetwork('preact-resnet', inputShape, segments, segments.length - 1);
}

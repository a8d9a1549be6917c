import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../check/call.js';
import type { Term } from '../check/term.js';
import type { Value } from '../check/value.js';
import { Dimension } from '../types/dimension.js';
import { showType } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';

const x = required('x', 'float32 [n, height, width, channels]');
const stride = optional('stride', 'whole number', '1');
const same = optional('same', 'true or false', 'false');

/** Images and what slides over them: window lengths, stride, padding. */
interface Sliding {
  readonly stride: number;
  readonly padding: 'same' | 'valid';
}

function sliding(call: Call, otherwise: number): Sliding {
  const step = call.integer('stride', otherwise);
  if (step < 1) call.fail('argument', `the stride is ${step}`, 'at least 1', call.place('stride'));
  return { stride: step, padding: call.flag('same') ? 'same' : 'valid' };
}

function images(call: Call): Term {
  const images = call.float('x');
  if (images.type.shape.length !== 4) call.fail('shape', `x is ${showType(images.type)}`, 'four axes [n, height, width, channels]', call.place('x'));
  return images;
}

/** Positions of a window along one side: ceil(length / stride), or ceil((length - window + 1) / stride) without padding. */
function positions(call: Call, length: Dimension, window: Dimension, { stride: step, padding }: Sliding): Dimension {
  const reach = padding === 'same' ? length : length.minus(window).plus(Dimension.fixed(1));
  call.require({ length: reach, message: `${call.name}: a window of ${window.key} does not fit in a side of ${length.key}`, at: call.at });
  return reach.ceilingOver(step);
}

function conv2d(call: Call): Value {
  const [image, filter] = [images(call), call.float('filter')];
  const options = sliding(call, 1);
  const [n, h, w, channels] = image.type.shape as [Dimension, Dimension, Dimension, Dimension];
  const [kh, kw, inner, out] = filter.type.shape;
  if (filter.type.shape.length !== 4 || !channels.equals(inner!)) {
    return call.fail('shape', `the filter is ${showType(filter.type)} for images ${showType(image.type)}`, `four axes [height, width, ${channels.key}, channels of the result]`, call.place('filter'));
  }
  const shape = [n, positions(call, h, kh!, options), positions(call, w, kw!, options), out!];
  const emit = ([value, weights]: readonly tf.Tensor[]): tf.Tensor => tf.conv2d(value as tf.Tensor4D, weights as tf.Tensor4D, options.stride, options.padding);
  return call.operation([image, filter], { dtype: 'float32', shape }, emit, true);
}

type Pool = (x: tf.Tensor4D, window: number, stride: number, padding: 'same' | 'valid') => tf.Tensor;

const pool = (name: 'maxPool' | 'avgPool', f: Pool, doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: true, parameters: [x, required('window', 'whole number'), optional('stride', 'whole number', 'window'), same],
  apply: (call) => {
    const image = images(call);
    const window = call.integer('window');
    if (window < 1) call.fail('argument', `the window is ${window}`, 'at least 1', call.place('window'));
    const options = sliding(call, window);
    const [n, h, w, channels] = image.type.shape as [Dimension, Dimension, Dimension, Dimension];
    const side = Dimension.fixed(window);
    const shape = [n, positions(call, h, side, options), positions(call, w, side, options), channels];
    return call.operation([image], { dtype: 'float32', shape }, ([value]) => f(value as tf.Tensor4D, window, options.stride, options.padding), true);
  },
});

export const imageFunctions: readonly FunctionDefinition[] = [
  {
    name: 'conv2d', doc: 'cross-correlation of images with filters [height, width, channels, channels of the result]', example: ['conv2d(reshape([1, 2, 3, 4], [1, 2, 2, 1]), ones([2, 2, 1, 1]))', '[[[[10]]]]'], gradient: true,
    parameters: [x, required('filter', 'float32'), stride, same], apply: conv2d,
  },
  pool('maxPool', (image, window, step, padding) => tf.maxPool(image, window, step, padding), 'largest element of each window of an image', ['maxPool(reshape([1, 2, 3, 4], [1, 2, 2, 1]), 2)', '[[[[4]]]]']),
  pool('avgPool', (image, window, step, padding) => tf.avgPool(image, window, step, padding), 'mean of each window of an image', ['avgPool(reshape([1, 2, 3, 4], [1, 2, 2, 1]), 2)', '[[[[2.5]]]]']),
];

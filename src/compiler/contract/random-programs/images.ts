import * as tf from '@tensorflow/tfjs-core';
import { isFloat, limited, type Made, type Operation, type Value } from './value.js';

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const largest = ({ low, high }: Value): number => Math.max(Math.abs(low), Math.abs(high));
const isImage = (x: Value): boolean => isFloat(x) && x.shape.length === 4 && x.shape[1]! >= 3 && x.shape[2]! >= 3;

/** Stride 1 or 2, padding same or valid. */
const windowOf = (choice: number): { stride: number; pad: 'same' | 'valid'; note: string } => {
  const [stride, pad] = [1 + (choice % 2), Math.floor(choice / 2) % 2 === 0 ? 'same' : 'valid'] as const;
  return { stride, pad, note: `stride ${stride} ${pad}` };
};

const positions = (length: number, window: number, stride: number, pad: 'same' | 'valid'): number =>
  Math.ceil((pad === 'same' ? length : length - window + 1) / stride);

const pooled = (name: 'maxPool' | 'avgPool'): Operation => ({
  name, arity: 1,
  make: ([x], choice) => {
    if (!isImage(x!)) return undefined;
    const { stride, pad, note } = windowOf(choice);
    const window = 2 + (Math.floor(choice / 4) % 2);
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    const shape = [n, positions(h, window, stride, pad), positions(w, window, stride, pad), c];
    return limited({ ...x!, exact: false, shape, run: (a) => tf[name](image(a), window, stride, pad), note: `${window} ${note}` });
  },
});

const convolved = (name: 'conv2d' | 'depthwiseConv2d'): Operation => ({
  name, arity: 2,
  make: ([x, w], choice) => {
    if (!isImage(x!) || !isFloat(w!) || w!.shape.length !== 4 || w!.shape[2] !== x!.shape[3] || Math.max(w!.shape[0]!, w!.shape[1]!) > 3) return undefined;
    const { stride, pad, note } = windowOf(choice);
    const [n, h, width] = x!.shape as [number, number, number, number];
    const [kh, kw, c, o] = w!.shape as [number, number, number, number];
    const most = largest(x!) * largest(w!) * kh * kw * (name === 'conv2d' ? c : 1);
    const shape = [n, positions(h, kh, stride, pad), positions(width, kw, stride, pad), name === 'conv2d' ? o : c * o];
    const run: Made['run'] = (a, b) => tf[name](image(a), image(b), stride, pad);
    return limited({ dtype: 'float32', shape, low: -most, high: most, exact: false, run, note });
  },
});

const resized: Operation = {
  name: 'resizeBilinear', arity: 1,
  make: ([x], choice) => {
    if (!isImage(x!)) return undefined;
    const size: [number, number] = [2 + (choice % 3), 3 + (Math.floor(choice / 3) % 3)];
    const run = (a: tf.Tensor): tf.Tensor => tf.image.resizeBilinear(image(a), size, choice % 2 === 1);
    return limited({ ...x!, exact: false, shape: [x!.shape[0]!, ...size, x!.shape[3]!], run, note: `to ${size.join()}${choice % 2 === 1 ? ', corners aligned' : ''}` });
  },
};

/** Normalisation over batch, height and width. */
const normalised: Operation = {
  name: 'normalise', arity: 1,
  make: ([x]) => {
    if (!isImage(x!)) return undefined;
    const run = (a: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(a, [0, 1, 2], true);
      return tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 0.1)));
    };
    return limited({ ...x!, exact: false, low: -15, high: 15, run });
  },
};

const convolutions = [convolved('conv2d'), convolved('depthwiseConv2d')];
export const imageOperations: readonly Operation[] = [...convolutions, ...convolutions, pooled('maxPool'), pooled('avgPool'), resized, normalised];

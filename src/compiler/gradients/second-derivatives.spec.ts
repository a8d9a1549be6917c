import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackend } from '../tfjs-backend.js';

const weights = [0.3, 1.2, -0.4];
const direction = [1, 2, -1];
const at = [0.5, 1.3, 0.7];
const STEP = 1e-2;

/** Functions whose gradients are made from their results, and one of several operations. */
const functions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  exp: tf.exp, expm1: tf.expm1, sqrt: tf.sqrt, rsqrt: tf.rsqrt, reciprocal: tf.reciprocal, sigmoid: tf.sigmoid, tanh: tf.tanh, tan: tf.tan,
  softmax: tf.softmax, pow: (x) => tf.pow(x, tf.add(x, 1)), norm: (x) => tf.norm(x),
  elu: (x) => tf.elu(tf.sub(x, 1)), maximum: (x) => tf.square(tf.maximum(x, 1)), clip: (x) => tf.square(tf.clipByValue(x, 0.6, 2)),
};

/** d sum(f(x) * weights) / dx . direction */
const slope = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.grad((v: tf.Tensor) => tf.sum(tf.mul(f(v), weights)))(x), direction));

describe('second derivatives agree with central differences of the first', () => {
  it.each(Object.entries(functions))('%s', (_, f) => {
    onBackend('cpu', () => tf.tidy(() => {
      const second = tf.grad((v: tf.Tensor) => slope(f, v))(tf.tensor1d(at)).dataSync();
      for (const i of at.keys()) {
        const moved = (by: number): number => slope(f, tf.tensor1d(at.map((value, k) => (k === i ? value + by : value)))).dataSync()[0]!;
        const difference = (moved(STEP) - moved(-STEP)) / (2 * STEP);
        expect(Math.abs(second[i]! - difference)).toBeLessThan(5e-3 * Math.max(1, Math.abs(difference)));
      }
    }));
  });
});

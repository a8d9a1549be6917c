import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { contractRows, type ContractRow } from '../contract/index.js';
import { inputGradient } from '../contract/programs.js';
import type { NamedTensors } from '../program.js';
import { Key, normal } from '../random/index.js';
import { onBackend } from '../tfjs-backend.js';
import type { NamedHostTensors } from '../tensors.js';

const STEP = 3e-4;

/** sum(y * weights) in double precision. */
function weightedSum(y: tf.Tensor): number {
  return Array.from(y.dataSync()).reduce((sum, value, i) => sum + value * (0.3 + ((i * 7) % 13) / 13), 0);
}

const toTensors = (inputs: NamedHostTensors): NamedTensors =>
  Object.fromEntries(Object.entries(inputs).map(([name, { data, shape, dtype }]) => [name, tf.tensor(data.slice(), [...shape], dtype)]));

/** Directional derivatives along a random direction of the float inputs: by rule, and by central differences. */
function derivatives(inputs: NamedHostTensors, f: (tensors: NamedTensors) => tf.Tensor): Record<'rule' | 'difference', number> {
  const wrt = Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32');
  const directions = Object.fromEntries(wrt.map((name) => [name, normal(Key.from('direction').fold(name), inputs[name]!.data.length)]));
  const moved = (by: number): NamedTensors => ({
    ...toTensors(inputs),
    ...Object.fromEntries(wrt.map((name) => [name, tf.tensor(Float32Array.from(inputs[name]!.data, (v, i) => v + by * directions[name]![i]!), [...inputs[name]!.shape])])),
  });
  const result = { rule: NaN, difference: NaN };
  onBackend('cpu', () => tf.tidy(() => {
    const tensors = toTensors(inputs);
    const loss = (...values: tf.Tensor[]): tf.Tensor => {
      const y = f({ ...tensors, ...Object.fromEntries(wrt.map((name, i) => [name, values[i]!])) });
      const weights = tf.tensor(Float32Array.from({ length: y.size }, (_, i) => 0.3 + ((i * 7) % 13) / 13), y.shape);
      return tf.sum(tf.mul(y, weights));
    };
    const gradients = tf.grads(loss)(wrt.map((name) => tensors[name]!));
    result.rule = gradients.reduce((sum, gradient, k) => Array.from(gradient.dataSync()).reduce((s, g, i) => s + g * directions[wrt[k]!]![i]!, sum), 0);
    result.difference = (weightedSum(f(moved(STEP))) - weightedSum(f(moved(-STEP)))) / (2 * STEP);
  }));
  return result;
}

/** The derivative of a weighted sum of f along a fixed direction, as a function of the same tensors. */
const slope = (inputs: NamedHostTensors, f: (tensors: NamedTensors) => tf.Tensor) => (tensors: NamedTensors): tf.Tensor => {
  const wrt = Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32');
  const loss = (...values: tf.Tensor[]): tf.Tensor => {
    const y = f({ ...tensors, ...Object.fromEntries(wrt.map((name, i) => [name, values[i]!])) });
    const weighted = tf.mul(tf.add(y, tf.square(y)), tf.cos(tf.reshape(tf.range(0, y.size), y.shape))); // y^2: also linear kernels have a second derivative
    return tf.sum(weighted);
  };
  const gradients = tf.grads(loss)(wrt.map((name) => tensors[name]!));
  return tf.addN(gradients.map((gradient) => tf.sum(tf.mul(gradient, tf.sin(tf.reshape(tf.range(1, gradient.size + 1), gradient.shape))))));
};

/** Derivatives that jump within one step of some element: no difference quotient is near them. */
const JUMPING = new Set(['stopGradient', 'customGradient', 'scan with customGradient and stopGradient', 'scan, truncated', 'cast to int and back', 'mod']);

/** tfjs-core writes this gradient with copies of inner values, which a second gradient takes for constants. */
const ONCE = new Set(['losses.softmaxCrossEntropy']);

/** Eager kernels take long for the others. */
const isSmall = ({ inputs }: ContractRow): boolean => Object.values(inputs).every(({ data }) => data.length < 5000);

describe('gradient rules agree with central differences', () => {
  it.each(contractRows.filter((row) => row.gradient && !JUMPING.has(row.name)))('$name', ({ inputs, apply, instead }) => {
    const { rule, difference } = derivatives(inputs, instead?.apply ?? apply);
    const tolerance = 0.02 * Math.max(0.5, Math.abs(difference)); // kinks of relu, max and clip within one step cost accuracy
    expect(Math.abs(rule - difference)).toBeLessThan(tolerance);
  });

  it.each(contractRows.filter((row) => row.gradient && !JUMPING.has(row.name) && !ONCE.has(row.name) && isSmall(row)))('twice: $name', ({ inputs, apply, instead }) => {
    const { rule, difference } = derivatives(inputs, slope(inputs, instead?.apply ?? apply));
    expect(Math.abs(rule - difference)).toBeLessThan(0.02 * Math.max(0.5, Math.abs(difference)));
  });

  it('of the loss of a convolutional network', () => {
    const { program, state, inputs } = inputGradient;
    const { rule, difference } = derivatives(inputs, (tensors) => program.apply(toTensors(state), tensors).outputs.loss!);
    expect(Math.abs(rule - difference)).toBeLessThan(0.02 * Math.max(0.5, Math.abs(difference)));
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { NamedTensors } from '../../compiler/program.js';
import { trace } from '../../compiler/trace/index.js';
import { formula } from './formula.js';

const spec = { dtype: 'float32', shape: [2, 2] } as const;

/** The formula of f(a, b, s) with 2x2 matrices a, b and the state s. */
function formulaOf(f: (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.Tensor): string {
  const apply = ({ s }: NamedTensors, { a, b }: NamedTensors): { outputs: NamedTensors } => ({ outputs: { y: f(a!, b!, s!) } });
  return formula(trace({ name: 'formula', apply }, { state: { s: spec }, inputs: { a: spec, b: spec } }).outputs['y']!);
}

it.each([
  ['(a + b) * s', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.mul(tf.add(a, b), s)],
  ['a - (b - s)', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.sub(a, tf.sub(b, s))],
  ['a - b - s', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.sub(tf.sub(a, b), s)],
  ['a / (b * s)', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.div(a, tf.mul(b, s))],
  ['(-(a + 1)) ^ b ^ s', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.pow(tf.neg(tf.add(a, 1)), tf.pow(b, s))],
  ['transpose(a) @ (b + s)', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.matMul(a, tf.add(b, s), true)],
  ['where(a > b and not a == s, exp(a), s)', (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.where(tf.logicalAnd(tf.greater(a, b), tf.logicalNot(tf.equal(a, s))), tf.exp(a), s)],
  ['sum(a + [1, 2], axes: [1]) - mean(s, axes: [0, 1])', (a: tf.Tensor, _: tf.Tensor, s: tf.Tensor) => tf.sub(tf.sum(tf.add(a, tf.tensor1d([1, 2])), 1), tf.mean(s))],
  ['a * float32(argmax(b, axis: 1))', (a: tf.Tensor, b: tf.Tensor) => tf.mul(a, tf.cast(tf.argMax(b, 1), 'float32'))],
])('%s', (text, f) => {
  expect(formulaOf(f)).toBe(text);
});

it('cuts what is written out too often or too deep', () => {
  const doubled = formulaOf((a) => Array.from({ length: 40 }).reduce((sum: tf.Tensor) => tf.add(sum, tf.exp(sum)), a));
  expect(doubled.length).toBeLessThan(100_000);
  expect(doubled).toContain('...');
  expect(formulaOf((a) => Array.from({ length: 200 }).reduce((sum: tf.Tensor) => tf.exp(sum), a)).length).toBeLessThan(500);
});

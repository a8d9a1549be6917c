import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { engineFor } from '../../compiler/engines.js';
import type { NamedTensors, Program, ProgramResult } from '../../compiler/program.js';
import type { HostTensor } from '../../compiler/tensors.js';
import { parseExpression } from '../parse-expression.js';
import { expressionFunction } from './expression-function.js';

const f32 = (shape: readonly number[], ...values: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(values) });

/** Focal loss, Lin et al. 2017 (arXiv:1708.02002, equation 4): -(1 - p)^gamma log p of the true class. */
const focal = expressionFunction(parseExpression(`
input logits: float32[n, c]
input labels: int32[n]
shared gamma: float32 = 2
stream noise(seed: 3)
let logP = -crossEntropy(logits, labels)
output loss = mean(-(1 - exp(logP)) ^ gamma * logP)
output jitter = uniform([n], stream: noise)
update gamma = gamma + 1
`));

it('is the loss of a training step: traced, derived and run as a part of it', async () => {
  const step: Program = {
    name: 'step',
    apply({ w, gamma }, { x, labels, ...rest }): ProgramResult {
      const loss = (weights: tf.Tensor): tf.Tensor =>
        focal.apply({ ...rest, logits: tf.matMul(x!, weights), labels: labels! }, { gamma: gamma! }).outputs['loss']!;
      const { value, grad } = tf.valueAndGrad(loss)(w!);
      const { updates } = focal.apply({ ...rest, logits: tf.matMul(x!, w!), labels: labels! }, { gamma: gamma! });
      return { outputs: { value, grad }, state: updates };
    },
  };
  const random = focal.random({ n: 2, c: 3 }, { noise: 0 });
  expect(Object.keys(random)).toEqual(['random 0']);
  const inputs = { x: f32([2, 2], 1, -1, 0.5, 2), labels: { dtype: 'int32' as const, shape: [2], data: Int32Array.of(2, 0) }, ...random };
  const state = { w: f32([2, 3], 0.1, 0.2, -0.3, 0.4, 0, 0.5), ...focal.initial() };
  const specs = (tensors: Record<string, HostTensor>): Record<string, HostTensor> => tensors;
  const results = await Promise.all((['cpu', 'onnx'] as const).map(async (name) => {
    const executable = await engineFor(name).compile(step, { state: specs(state), inputs: specs(inputs) }, { state, threads: 1 });
    const outputs = await executable.run(inputs);
    expect((await executable.readState(['gamma']))['gamma']).toEqual(f32([], 3));
    await executable.dispose();
    return outputs;
  }));
  const expected = [[1 * 0.1 - 0.4, 0.2, -0.3 - 0.5], [0.05 + 0.8, 0.1, -0.15 + 1]].map((logits, i) => {
    const p = Math.exp(logits[[2, 0][i]!]!) / logits.reduce((sum, z) => sum + Math.exp(z), 0);
    return -((1 - p) ** 2) * Math.log(p);
  });
  for (const { value, grad } of results) {
    expect(value!.data[0]).toBeCloseTo((expected[0]! + expected[1]!) / 2, 5);
    expect(grad!.shape).toEqual([2, 3]);
  }
  results[0]!['grad']!.data.forEach((each, i) => expect(results[1]!['grad']!.data[i]).toBeCloseTo(each, 5));
});

it('works eagerly', () => {
  const [a, b] = [tf.tensor2d([[0, 0]]), tf.tensor1d([1], 'int32')];
  const named: NamedTensors = { logits: a, labels: b, 'random 0': tf.tensor1d([0.5]) };
  expect(focal.apply(named, { gamma: tf.scalar(1) }).outputs['loss']!.dataSync()[0]).toBeCloseTo(0.5 * Math.log(2), 6);
});

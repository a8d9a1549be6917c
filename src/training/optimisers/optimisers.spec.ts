import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Engine, NamedTensors, Program } from '../../compiler/program.js';
import { eagerEngine } from '../../compiler/run/eager-engine.js';
import { engineFor } from '../../compiler/engines.js';
import type { HostTensor, NamedSpecs } from '../../compiler/tensors.js';
import { required, valueAndGradients } from '../../networks/index.js';
import { optimiser } from './optimiser.js';
import { optimiserOptionsSchema } from './optimiser.options.js';
import type { Transform } from './transform.js';

type Objective = (w: tf.Tensor) => tf.Tensor;
const f32 = (shape: number[], ...data: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
const parse = (options: object): Transform => optimiser(optimiserOptionsSchema.parse(options));

/** sum (w - target)^2 with curvatures 1 and 10. */
const quadratic: Objective = (w) => tf.sum(tf.mul(tf.square(tf.sub(w, tf.tensor1d([1, -2]))), tf.tensor1d([1, 10])));
/** (1 - a)^2 + 10 (b - a^2)^2, minimum at (1, 1) */
const rosenbrock: Objective = (w) => {
  const [a, b] = [tf.slice(w, 0, 1), tf.slice(w, 1, 1)];
  return tf.sum(tf.add(tf.square(tf.sub(1, a)), tf.mul(10, tf.square(tf.sub(b, tf.square(a))))));
};

function program(objective: Objective, transform: Transform): { program: Program; state: NamedSpecs; inputs: NamedSpecs } {
  const names = Object.keys(transform.scalars({ count: 1, learningRate: 1 }));
  return {
    state: Object.fromEntries(['w', ...transform.slots].map((name) => [name, { dtype: 'float32', shape: [2] }])),
    inputs: Object.fromEntries(names.map((name) => [name, { dtype: 'float32', shape: [] }])),
    program: {
      name: 'minimise',
      apply(state, inputs) {
        const parameters = { w: required(state, 'w') };
        const { value, gradients } = valueAndGradients((at) => ({ value: objective(required(at, 'w')) }), parameters);
        const slots = Object.fromEntries(transform.slots.map((slot) => [slot, { w: required(state, slot) }]));
        const result = transform.update(gradients, { parameters, slots, scalars: inputs });
        const next: NamedTensors = Object.fromEntries(transform.slots.map((slot) => [slot, required(result.slots[slot]!, 'w')]));
        return { outputs: { loss: value }, state: { ...next, w: tf.add(parameters.w, required(result.updates, 'w')) } };
      },
    },
  };
}

async function minimise(objective: Objective, options: object, start: [number, number], steps: number, rate: (step: number) => number, engine: Engine = engineFor('onnx')) {
  const transform = parse(options);
  const { program: step, ...signature } = program(objective, transform);
  const state = { w: f32([2], ...start), ...Object.fromEntries(transform.slots.map((slot) => [slot, f32([2], 0, 0)])) };
  const executable = await engine.compile(step, signature, { state });
  for (let count = 1; count <= steps; count++) {
    const scalars = transform.scalars({ count, learningRate: rate(count) });
    await executable.run(Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, f32([], value)])));
  }
  const { w } = await executable.readState(['w']);
  await executable.dispose();
  return Array.from(w!.data);
}

const ROWS = [
  { options: { name: 'sgd', momentum: 0 }, rates: [0.05, 0.01] },
  { options: { name: 'sgd', momentum: 0.9 }, rates: [0.01, 0.002] },
  { options: { name: 'sgd', momentum: 0.9, nesterov: true, clipGlobalNorm: 5 }, rates: [0.01, 0.002] },
  { options: { name: 'adam' }, rates: [0.1, 0.05] },
  { options: { name: 'adamw', weightDecay: 0 }, rates: [0.1, 0.05] },
  { options: { name: 'rmsprop' }, rates: [0.1, 0.03] },
  { options: { name: 'rmsprop', momentum: 0.5 }, rates: [0.05, 0.02] },
] as const;

describe.each(ROWS)('$options', ({ options, rates }) => {
  const decaying = (rate: number, steps: number) => (count: number): number => rate * (1 - count / (steps + 1));
  it('finds the minimum of a quadratic', async () => {
    const [a, b] = await minimise(quadratic, options, [-3, 4], 300, decaying(rates[0], 300));
    expect(a).toBeCloseTo(1, 1);
    expect(b).toBeCloseTo(-2, 1);
  });
  it('finds the minimum of the Rosenbrock function', async () => {
    const [a, b] = await minimise(rosenbrock, options, [-1, 1.5], 1500, decaying(rates[1], 1500));
    expect(Math.abs(a! - 1)).toBeLessThan(0.1);
    expect(Math.abs(b! - 1)).toBeLessThan(0.2);
  });
  it('takes the same steps on onnx as on eager cpu', async () => {
    const expected = await minimise(quadratic, options, [-3, 4], 10, () => rates[0], eagerEngine('cpu'));
    const given = await minimise(quadratic, options, [-3, 4], 10, () => rates[0]);
    given.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * Math.abs(expected[i]!)));
  });
});

describe('optimisers', () => {
  it('adam takes the steps of its definition', async () => {
    const w = [-3, 4];
    const m = [0, 0];
    const v = [0, 0];
    for (let t = 1; t <= 3; t++) {
      const g = [2 * (w[0]! - 1), 20 * (w[1]! + 2)];
      g.forEach((gradient, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * gradient;
        v[i] = 0.999 * v[i]! + 0.001 * gradient * gradient;
        w[i]! -= (0.1 * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
      });
    }
    const given = await minimise(quadratic, { name: 'adam' }, [-3, 4], 3, () => 0.1);
    given.forEach((value, i) => expect(value).toBeCloseTo(w[i]!, 5));
    const [first] = await minimise(quadratic, { name: 'adam' }, [-3, 4], 1, () => 0.1);
    expect(first).toBeCloseTo(-2.9, 5); // the first step is rate * sign(gradient)
  });
  it('nesterov momentum takes the steps of its definition', async () => {
    let [w, m] = [-3, 0];
    for (let t = 1; t <= 3; t++) {
      const g = 2 * (w - 1);
      m = 0.9 * m + g;
      w -= 0.05 * (g + 0.9 * m);
    }
    const [given] = await minimise(quadratic, { name: 'sgd', nesterov: true }, [-3, -2], 3, () => 0.05);
    expect(given).toBeCloseTo(w, 5);
  });
  it('decays kernels and spares biases; adamw decays apart from the gradient', () => {
    const parameters = { kernel: tf.tensor2d([[2]]), bias: tf.tensor1d([2]) };
    const gradients = { kernel: tf.tensor2d([[1]]), bias: tf.tensor1d([1]) };
    const step = (options: object): number[] => {
      const transform = parse(options);
      const scalars = Object.fromEntries(Object.entries(transform.scalars({ count: 1, learningRate: 0.1 })).map(([name, value]) => [name, tf.scalar(value)]));
      const slots = Object.fromEntries(transform.slots.map((slot) => [slot, { kernel: tf.zeros([1, 1]), bias: tf.zeros([1]) }]));
      const { updates } = transform.update(gradients, { parameters, slots, scalars });
      return ['kernel', 'bias'].map((name) => required(updates, name).dataSync()[0]!);
    };
    const expected: [object, number, number][] = [
      [{ name: 'sgd', momentum: 0, weightDecay: 0.5 }, -0.2, -0.1], // 1 + 0.5 * 2
      [{ name: 'adamw', weightDecay: 0.5 }, -0.2, -0.1], // sign + 0.5 * 2
      [{ name: 'adam', weightDecay: 0.5 }, -0.1, -0.1], // sign of the sum
      [{ name: 'sgd', momentum: 0, clipGlobalNorm: Math.SQRT1_2 }, -0.05, -0.05], // |g| = sqrt 2, halved
    ];
    for (const [options, kernel, bias] of expected) {
      const [k, b] = step(options);
      expect(k).toBeCloseTo(kernel, 5);
      expect(b).toBeCloseTo(bias, 5);
    }
  });
});

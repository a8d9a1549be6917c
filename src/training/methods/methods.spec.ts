import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Key, uniform } from '../../compiler/random/index.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import { createNetwork, crossEntropy, forward, initialise, valueAndGradients } from '../../networks/index.js';
import { createMethod, type LossArguments, type Method } from './index.js';
import { methodOptionsSchema } from './method.options.js';

const key = Key.from(3);
const LABELS = [0, 1, 2, 2, 1, 0];
const BATCH = LABELS.length;
const network = createNetwork(
  { architecture: 'mlp', hidden: [7, 5], activation: 'leakyRelu', dropout: 0, normalisation: { mean: [0.5], standardDeviation: [0.25] } }, [4], 3,
);
const parse = (options: object): Method => createMethod(methodOptionsSchema.parse(options), BATCH);
const onCpu = <T>(body: () => T): T => onBackend('cpu', () => {
  tf.engine().startScope();
  try { return body(); } finally { tf.engine().endScope(); }
});
const toTensor = ({ data, shape, dtype }: HostTensor): tf.Tensor => tf.tensor(data, [...shape], dtype);
const toTensors = (tensors: NamedHostTensors) => Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, toTensor(value)]));
const batch = (draws: NamedHostTensors): LossArguments => ({
  network, state: toTensors(initialise(network, key)), masks: {}, draws: toTensors(draws),
  x: tf.tensor(uniform(key.fold('x'), BATCH * 4), [BATCH, 4]),
  y: tf.cast(tf.oneHot(tf.tensor1d(LABELS, 'int32'), 3), 'float32'),
  labels: tf.tensor1d(LABELS, 'int32'),
});
const number = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;

function gradientNorms(method: Method, variant: string, draws: NamedHostTensors): Record<string, number> {
  const given = batch(draws);
  const { gradients } = valueAndGradients(
    (at) => ({ value: method.variants[variant]!.loss({ ...given, state: { ...given.state, ...at } }).loss }), given.state,
  );
  return Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, number(tf.norm(g))]));
}

describe('methods', () => {
  it('erm is cross-entropy with smoothed targets', () => onCpu(() => {
    const given = batch({});
    const logits = forward(network, given.state, given.x).h;
    const uniformTargets = tf.fill([BATCH, 3], 1 / 3);
    const expected = 0.9 * number(tf.mean(crossEntropy(logits, given.y))) + 0.1 * number(tf.mean(crossEntropy(logits, uniformTargets)));
    expect(number(parse({ name: 'erm', labelSmoothing: 0.1 }).variants.plain!.loss(given).loss)).toBeCloseTo(expected, 5);
  }));

  it('soft cross-entropy of mixed labels = l CE(y_a) + (1 - l) CE(y_b), at every mix point', () => onCpu(() => {
    const method = parse({ name: 'manifold-mixup', mixPoints: [0, 1] });
    const { draws } = method.draw(key.fold('draw'));
    const given = batch(draws);
    const l = draws.lambda!.data[0]!;
    const order = draws.permutation!.data as Int32Array;
    for (const k of [0, 1]) {
      const h = forward(network, given.state, given.x, { to: k }).h;
      const mixed = tf.add(tf.mul(h, l), tf.mul(tf.gather(h, Array.from(order)), 1 - l));
      const z = forward(network, given.state, mixed, { from: k }).h;
      const ce = (y: tf.Tensor): number => number(tf.mean(crossEntropy(z, y)));
      const expected = l * ce(given.y) + (1 - l) * ce(tf.gather(given.y, Array.from(order)));
      expect(number(method.variants[`mix-${k}`]!.loss(given).loss)).toBeCloseTo(expected, 5);
    }
  }));

  it('manifold mixup at the input is input mixup', () => onCpu(() => {
    const [manifold, input] = [parse({ name: 'manifold-mixup', mixPoints: [0], alpha: 1 }), parse({ name: 'input-mixup', alpha: 1 })];
    for (let step = 0; step < 5; step++) {
      const [a, b] = [manifold.draw(key.fold(step)), input.draw(key.fold(step))];
      expect(a).toEqual(b);
      expect(number(manifold.variants[a.variant]!.loss(batch(a.draws)).loss)).toBe(number(input.variants[b.variant]!.loss(batch(b.draws)).loss));
      expect(gradientNorms(manifold, a.variant, a.draws)).toEqual(gradientNorms(input, b.variant, b.draws));
    }
  }));

  it('draws every mix point equally often, lambda ~ Beta(alpha, alpha), one permutation for states and labels', () => {
    const method = parse({ name: 'manifold-mixup', mixPoints: [0, 2, 1], alpha: 2 });
    const n = 3000;
    const counts: Record<string, number> = {};
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const { variant, draws } = method.draw(key.fold(i));
      counts[variant] = (counts[variant] ?? 0) + 1;
      sum += draws.lambda!.data[0]!;
      squares += draws.lambda!.data[0]! ** 2;
      expect(Array.from(draws.permutation!.data).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    }
    for (const k of [0, 1, 2]) expect(Math.abs(counts[`mix-${k}`]! - n / 3)).toBeLessThan(4 * Math.sqrt((n * 2) / 9));
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.05 / n));
    expect(Math.abs(squares / n - (sum / n) ** 2 - 0.05)).toBeLessThan(0.005); // 1 / (4 (2 alpha + 1))
    expect(parse({ name: 'input-mixup', alpha: 0 }).draw(key).draws.lambda!.data[0]).toBe(1);
  });

  it('blocks the gradient below the mix point only as an ablation', () => onCpu(() => {
    const [free, blocked] = [false, true].map((blockGradient) => parse({ name: 'manifold-mixup', mixPoints: [0, 1], blockGradient }));
    const { draws } = free!.draw(key);
    expect(number(free!.variants['mix-1']!.loss(batch(draws)).loss)).toBe(number(blocked!.variants['mix-1']!.loss(batch(draws)).loss));
    const [open, cut] = [gradientNorms(free!, 'mix-1', draws), gradientNorms(blocked!, 'mix-1', draws)];
    for (const name of ['hidden1/kernel', 'hidden1/bias']) {
      expect(open[name]).toBeGreaterThan(0);
      expect(cut[name]).toBe(0);
    }
    for (const name of ['hidden2/kernel', 'logits/bias']) expect(cut[name]).toBe(open[name]);
    expect(gradientNorms(blocked!, 'mix-0', draws)).toEqual(gradientNorms(free!, 'mix-0', draws));
  }));
});

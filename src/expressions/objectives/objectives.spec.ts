import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { engineFor } from '../../compiler/engines.js';
import { Key, normal } from '../../compiler/random/index.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import type { RampartError } from '../../errors/index.js';
import { lossFunction } from './loss-function.js';
import { ObjectiveGradient } from './objective-gradient.js';

const [N, K] = [5, 4];
const logits = normal(Key.from('logits'), N * K);
const labels = Int32Array.of(3, 0, 1, 1, 2);
const row = (i: number): number[] => Array.from(logits.subarray(i * K, (i + 1) * K));
const logSumExp = (z: readonly number[]): number => Math.log(z.reduce((sum, each) => sum + Math.exp(each), 0));

const LABELS = 'input logits: float32[n, k]\ninput labels: int32[n]\n';
const TARGETS = 'input logits: float32[n, k]\ninput targets: float32[n, k]\n';
/** max over the other classes - logit of the true class, for each example. */
const MARGIN = `${TARGETS}output objective = max(where(targets > 0.5, -1e9, logits), axis: 1) - sum(logits * targets, axis: 1)`;

const valueOf = (source: string): number => {
  const { form, apply } = lossFunction(source, { batch: N, classes: K });
  return onBackend('cpu', () => {
    const y = tf.tensor1d(labels, 'int32');
    return apply(tf.tensor2d(logits, [N, K]), form === 'labels' ? y : tf.oneHot(y, K, 1, 0, 'float32')).dataSync()[0]!;
  });
};

async function gradientOf(source: string): Promise<Float32Array> {
  const objective = new ObjectiveGradient(source, K, engineFor('onnx'), { threads: 1, pointer: '/objective' });
  try {
    return await objective.at(logits, labels);
  } finally {
    await objective.dispose();
  }
}

const problemOf = (make: () => unknown): RampartError => {
  try {
    make();
  } catch (error) {
    return error as RampartError;
  }
  throw new Error('nothing was refused');
};

describe('lossFunction', () => {
  const expected = labels.reduce((sum, label, i) => sum + logSumExp(row(i)) - row(i)[label]!, 0) / N;

  it.each([
    ['labels', `${LABELS}output loss = mean(crossEntropy(logits, labels))`],
    ['targets', `${TARGETS}output loss = mean(crossEntropy(logits, targets))`],
    ['an output of another name, fixed lengths', `input logits: float32[5, 4]\ninput labels: int32[5]\noutput mine = mean(crossEntropy(logits, labels))`],
    ['one of several outputs', `${LABELS}output right = mean(argmax(logits) == labels)\noutput loss = mean(crossEntropy(logits, labels))`],
    ['names of lengths', `input logits: float32[rows, columns]\ninput labels: int32[m]\noutput loss = mean(logSumExp(logits, axis: 1)) - sum(gather(reshape(logits, [-1]), reshape(range(rows), [-1]) * columns + reshape(labels, [rows]))) / rows`],
  ])('is the cross-entropy that the source computes: %s', (name, source) => {
    if (name === 'names of lengths') expect(problemOf(() => valueOf(source)).code).toBe('expression-shape'); // m and rows are never equal
    else expect(valueOf(source)).toBeCloseTo(expected, 5);
  });

  it('repeats random numbers of a seed', () => {
    const source = `${LABELS}output loss = mean(crossEntropy(logits + normal([n, k], seed: 3), labels))`;
    expect(valueOf(source)).toBe(valueOf(source));
    expect(Math.abs(valueOf(source) - expected)).toBeGreaterThan(1e-3);
  });

  const SOUND = 'output loss = mean(crossEntropy(logits, labels))';
  it.each<[string, string, string, RegExp]>([
    ['no logits', 'input z: float32[n, k]\ninput labels: int32[n]\noutput loss = mean(crossEntropy(z, labels))', 'expression-unfit', /no input 'logits'; accepted: input logits: float32\[n, k\]/],
    ['no labels', 'input logits: float32[n, k]\noutput loss = mean(logits ^ 2)', 'expression-unfit', /no input 'labels'; accepted: input labels: int32\[n\]/],
    ['both forms', `${LABELS}input targets: float32[n, k]\n${SOUND}`, 'expression-unfit', /nobody gives the input 'targets'; accepted: logits, and either labels/],
    ['one input more', `${LABELS}input x: float32[n]\noutput loss = mean(crossEntropy(logits, labels) * x)`, 'expression-unfit', /nobody gives the input 'x'/],
    ['labels of another dtype', `input logits: float32[n, k]\ninput labels: float32[n]\noutput loss = mean(logits[:, 0] * labels)`, 'expression-unfit', /'labels' is float32\[n\]; accepted: int32\[n\] for n = 5 of examples and k = 4 classes/],
    ['another number of classes', `input logits: float32[n, 10]\ninput labels: int32[n]\n${SOUND}`, 'expression-unfit', /'logits' is float32\[n, 10\]; accepted: float32\[n, k\] for n = 5 of examples and k = 4 classes/],
    ['another batch', `input logits: float32[8, k]\ninput labels: int32[8]\n${SOUND}`, 'expression-unfit', /'logits' is float32\[8, k\]/],
    ['one name for two lengths', `input logits: float32[n, n]\ninput labels: int32[n]\n${SOUND}`, 'expression-unfit', /'logits' is float32\[n, n\]/],
    ['another rank', `input logits: float32[n, k, 1]\ninput labels: int32[n]\noutput loss = mean(logits) + 0 * sum(labels)`, 'expression-unfit', /'logits' is float32\[n, k, 1\]/],
    ['a shared variable', `${LABELS}shared scale: float32 = 2\noutput loss = scale * mean(crossEntropy(logits, labels))`, 'expression-unfit', /shared variable 'scale'.*keeps no state; accepted: a let/],
    ['a stream', `${LABELS}stream noise(seed: 1)\noutput loss = mean(crossEntropy(logits + normal([n, k], stream: noise), labels))`, 'expression-unfit', /draws from the stream 'noise'.*a seed at the draw/],
    ['two outputs of other names', `${LABELS}output a = mean(crossEntropy(logits, labels))\noutput b = a + 1`, 'expression-unfit', /outputs are a, b; accepted: one output, or one of them named 'loss'/],
    ['a loss for each example', `${LABELS}output loss = crossEntropy(logits, labels)`, 'expression-unfit', /result is float32\[n\]; accepted: float32, one number, such as mean/],
    ['an integer', `${LABELS}output loss = sum(labels)`, 'expression-unfit', /result is int32; accepted: float32/],
    ['no way to the logits', `${LABELS}output loss = sum(labels) * 1.0`, 'expression-gradient', /does not depend on/],
    ['no gradient', `${LABELS}output loss = mean(argmax(logits) == labels)`, 'expression-gradient', /every way.*has no gradient/],
    ['too few examples', `${LABELS}output loss = mean(crossEntropy(logits, labels)) + sum(logits[0:9])`, 'expression-dimension', /n = 5/],
    ['too large', `${LABELS}output loss = mean(crossEntropy(logits, labels)) + sum(ones([4096, 4097]) * logits[0, 0])`, 'expression-limit', /at most/],
    ['a source that cannot be read', 'input logits: float32[n', 'expression-syntax', /Line 1/],
  ])('refuses %s', (_, source, code, detail) => {
    const error = problemOf(() => lossFunction(source, { batch: N, classes: K }));
    expect(error).toMatchObject({ code, status: 422 });
    expect(error.message).toMatch(detail);
    for (const { pointer } of error.errors) expect(pointer).toMatch(/^\/loss/);
  });

  it('keeps to the limits that are given', () => {
    const source = `${LABELS}output loss = mean(crossEntropy(logits, labels)) + sum(zeros([1000]))`;
    expect(() => lossFunction(source, { batch: N, classes: K })).not.toThrow();
    expect(problemOf(() => lossFunction(source, { batch: N, classes: K, limits: { elements: 999 } }))).toMatchObject({ code: 'expression-limit', errors: [{ pointer: '/loss/source' }] });
  });

  it('names everything that does not fit', () => {
    const error = problemOf(() => lossFunction('input z: float32[n]\nshared w: float32 = 1\noutput a = z * w', { batch: N, classes: K }));
    expect(error.errors.map(({ detail }) => detail.slice(0, 22))).toEqual(["it has no input 'logit", "nobody gives the input", 'it has the shared vari', 'its result is float32[']);
  });
});

describe('ObjectiveGradient', () => {
  it('keeps to the limits that are given, and to those of all objectives', () => {
    const source = `${LABELS}output objective = sum(crossEntropy(logits, labels)) + sum(logits) * sum(zeros([5000000]))`;
    const refusal = (limits: object): RampartError => problemOf(() => new ObjectiveGradient(source, K, engineFor('onnx'), { pointer: '/objective', limits }));
    expect(refusal({ elements: 1000 }).message).toContain('at most 1000');
    expect(refusal({ elements: 2 ** 24 }).message).toContain('at most 4194304');
  });

  it('of a margin points from the true class to the nearest other one', async () => {
    const gradient = await gradientOf(MARGIN);
    for (let i = 0; i < N; i++) {
      const label = labels[i]!;
      const others = row(i).map((z, c) => (c === label ? -Infinity : z));
      const expected = others.map((z, c) => (c === label ? -1 : z === Math.max(...others) ? 1 : 0));
      expect(Array.from(gradient.subarray(i * K, (i + 1) * K))).toEqual(expected);
    }
  });

  it('is the same for class numbers and a known number of classes', async () => {
    const source = 'input logits: float32[n, 4]\ninput labels: int32[n]\nlet targets = oneHot(labels, 4)\n' + MARGIN.slice(TARGETS.length);
    expect(await gradientOf(source)).toEqual(await gradientOf(MARGIN));
  });

  it('is the same for a sum over examples as for one number each', async () => {
    expect(await gradientOf(MARGIN.replace(/output objective = (.*)/, 'output objective = sum($1)'))).toEqual(await gradientOf(MARGIN));
  });

  /** Smooth losses at which central differences are exact to h^2. */
  it.each([
    ['cross-entropy', LABELS, 'crossEntropy(logits, labels)', (z: readonly number[], y: number) => logSumExp(z) - z[y]!],
    ['focal loss', LABELS, '{ let c = crossEntropy(logits, labels)\n (1 - exp(-c)) ^ 2 * c }', (z: readonly number[], y: number) => { const c = logSumExp(z) - z[y]!; return (1 - Math.exp(-c)) ** 2 * c; }],
    ['squared error of probabilities', TARGETS, 'sum((softmax(logits) - targets) ^ 2, axis: 1)', (z: readonly number[], y: number) => z.reduce((sum, each, c) => sum + (Math.exp(each - logSumExp(z)) - (c === y ? 1 : 0)) ** 2, 0)],
  ] as const)('is that of central differences: %s', async (_, inputs, formula, f) => {
    const gradient = await gradientOf(`${inputs}output objective = ${formula}`);
    const h = 1e-4;
    for (let i = 0; i < N; i++) {
      for (let c = 0; c < K; c++) {
        const at = (t: number): number => f(row(i).map((z, other) => (other === c ? z + t : z)), labels[i]!);
        expect(gradient[i * K + c]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 5);
      }
    }
  });

  it.each<[string, string, RegExp]>([
    ['a fixed number of examples', 'input logits: float32[5, k]\ninput labels: int32[5]\noutput objective = crossEntropy(logits, labels)', /'logits' is float32\[5, k\]; accepted: float32\[n, k\] for any number n of examples/],
    ['one number for each class', `${LABELS}output objective = sum(logits, axis: 0)`, /result is float32\[k\]; accepted: float32, one number, or float32\[n\]/],
    ['rows that a batch of one has not', `${LABELS}output objective = sum(logits[1])`, /n = 1/],
    ['what would need too much memory', `${LABELS}let [a, b] = [expandDims(logits[:, 0], 0), expandDims(logits[:, 1], 1)]\noutput objective = sum(crossEntropy(logits, labels)) + sum(${Array.from({ length: 60 }, (_, i) => `exp(a * b + ${i})`).join(' + ')})`, /need \d+ bytes; accepted: at most 268435456/],
  ])('refuses %s', (_, source, detail) => {
    expect(problemOf(() => new ObjectiveGradient(source, K, engineFor('onnx'), { pointer: '/attacks/1/objective' })).message).toMatch(detail);
  });
});

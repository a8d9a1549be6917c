import { describe, expect, it } from 'vitest';
import { Key } from '../compiler/random/index.js';
import { framesOfChain, runChain } from './chain.js';
import { conditionOf } from './condition.js';
import { Generator } from './generator.js';
import { encode, reconstruct } from './infer.js';
import { drawNoise } from './prior.js';
import { sample } from './sample.js';
import { mean, pixels, ScriptedGenerator, SIGMA, type ScriptedOptions } from './testing/scripted-generator.js';

const options = { count: 3, seed: 1, temperature: 1, steps: 1 };

function scripted(given: ScriptedOptions = {}): { model: ScriptedGenerator; generator: Generator } {
  const model = new ScriptedGenerator(given);
  return { model, generator: new Generator(model) };
}

describe('sample', () => {
  it('decodes the prior in one run, repeatably, and depends on the seed', async () => {
    const { model, generator } = scripted({ method: 'gan' });
    const { x, z } = await sample(generator, options);
    expect(model.signatures).toEqual(['decode']);
    expect(x).toEqual(pixels(z));
    expect((await sample(generator, options)).x).toEqual(x);
    expect((await sample(generator, { ...options, seed: 2 })).x).not.toEqual(x);
  });

  it('runs many rows in batches that change nothing', async () => {
    const { model, generator } = scripted();
    const { x, z } = await sample(generator, { ...options, count: 600, steps: 2 });
    expect(model.calls.map(({ signature, rows }) => `${signature} ${rows}`)).toEqual(['transition 256', 'transition 256', 'transition 88', 'decode 256', 'decode 256', 'decode 88']);
    expect(x).toEqual(pixels(z));
    expect(x.subarray(0, 12)).toEqual((await sample(generator, { ...options, steps: 2 })).x);
  });

  it('iterates z <- mean(Dec(z)) + sigma eps', async () => {
    const { generator } = scripted();
    const key = Key.from(3);
    const start = Float32Array.of(1, -2);
    const frames = await framesOfChain(runChain(generator, start, {}, { steps: 3, temperature: 0.5, key }), 1);
    let z = start;
    for (const [i, frame] of frames.entries()) {
      expect(frame.step).toBe(i + 1);
      expect(frame.z).toEqual(z);
      expect(frame.x).toEqual(pixels(z));
      const eps = drawNoise(key, i + 1, 1, 2, 0.5);
      z = mean(pixels(z)).map((value, k) => value + SIGMA * eps[k]!);
    }
    expect((await framesOfChain(runChain(generator, start, {}, { steps: 10, temperature: 1, key }), 4)).map(({ step }) => step)).toEqual([4, 8]);
  });

  it('gives conditional models the class, or draws classes', async () => {
    const { model, generator } = scripted({ conditional: true });
    const { x, z, classes } = await sample(generator, { ...options, labels: [0, 1, 2], steps: 2 });
    expect(classes).toEqual(Int32Array.of(0, 1, 2));
    expect(x).toEqual(pixels(z, Int32Array.of(0, 1, 2)));
    expect(model.calls.every(({ inputs }) => inputs['y'] !== undefined)).toBe(true);
    const drawn = await sample(generator, { ...options, count: 300 });
    expect(new Set(drawn.classes)).toEqual(new Set([0, 1, 2]));
    expect((await sample(generator, { ...options, class: 2 })).classes).toEqual(Int32Array.of(2, 2, 2));
  });

  it('clamps labels of models with attributes before each inference', async () => {
    const { model, generator } = scripted({ method: 'gibbsnet', attributes: true });
    await sample(generator, { ...options, count: 1, class: 1, steps: 3 });
    expect(model.signatures).toEqual(['decode', 'encode', 'decode', 'encode', 'decode']);
    expect(model.calls.filter(({ signature }) => signature === 'encode').map(({ inputs }) => [...inputs['labels']!.data])).toEqual([[0, 1, 0], [0, 1, 0]]);
    const { labels } = await sample(generator, { ...options, count: 1, steps: 3 });
    expect(model.signatures.slice(5)).toEqual(['transition', 'transition', 'decode']);
    expect(labels).toHaveLength(3);
  });
});

describe('conditionOf', () => {
  it.each([
    ['a class of a model without', {}, { class: 0 }, 'class-not-modelled'],
    ['a class beyond the last', { conditional: true }, { class: 3 }, 'class-out-of-range'],
    ['a negative class', { attributes: true }, { labels: [0, -1] }, 'class-out-of-range'],
    ['another number of labels', { conditional: true }, { labels: [0] }, 'labels-mismatch'],
    ['no class where the pixels are given', { conditional: true }, {}, 'class-required'],
  ] as const)('refuses %s', (_what, given, requested, code) => {
    expect(() => conditionOf(scripted(given).generator, 2, requested)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('signatures that are missing', () => {
  it('are named: a GAN cannot infer', async () => {
    const { generator } = scripted({ method: 'gan' });
    const missing = (signature: string): Error => expect.objectContaining({ code: 'signature-unknown', message: expect.stringContaining(`no signature "${signature}"; its signatures are decode, discriminate`) as string }) as Error;
    await expect(encode(generator, new Float32Array(4), {}, { seed: 0, temperature: 0 })).rejects.toThrow(missing('encode'));
    await expect(sample(generator, { ...options, steps: 2 })).rejects.toThrow(missing('transition'));
  });
  it('are named: a classifier generates nothing', () => {
    const { manifest } = new ScriptedGenerator();
    const signatures = { predict: manifest.signatures['decode']! };
    const classifier = { manifest: { ...manifest, task: 'classification' as const, generation: undefined, signatures }, run: () => Promise.resolve({}) };
    expect(() => new Generator(classifier)).toThrow(/no signature "decode"; its signatures are predict/);
  });
});

describe('numbers that are not finite', () => {
  it('are refused', async () => {
    const model = new ScriptedGenerator();
    model.run = () => Promise.resolve({ x: { dtype: 'float32', shape: [1, 2, 2, 1], data: Float32Array.of(0, NaN, 0, 0) } });
    await expect(sample(new Generator(model), { ...options, count: 1 })).rejects.toMatchObject({ code: 'generated-not-finite' });
  });
});

describe('reconstruct', () => {
  it('decodes the mean and gives the mean squared error of each example', async () => {
    const { generator } = scripted();
    const exact = pixels(Float32Array.of(1, -1));
    const x = Float32Array.of(...exact, 0.5, 0.5, 0.75, 0.5); // the second one averages .5 and .75 to .625
    const { x: reconstructed, squaredErrors, z } = await reconstruct(generator, x, {}, { seed: 0, temperature: 0 });
    expect([...z]).toEqual([1, -1, 2, 0]);
    expect([...reconstructed.subarray(4)]).toEqual([0.625, 0.5, 0.625, 0.5]);
    expect([...squaredErrors]).toEqual([0, (2 * 0.125 ** 2) / 4]);
  });
  it('draws z = mean + temperature sigma eps when asked to', async () => {
    const { generator } = scripted();
    const x = pixels(Float32Array.of(1, -1));
    const [one, half] = await Promise.all([1, 0.5].map((temperature) => encode(generator, x, {}, { seed: 4, temperature })));
    expect(one!.sigma).toEqual(Float32Array.of(SIGMA, SIGMA));
    [0, 1].forEach((k) => expect(half!.z[k]! - half!.mean[k]!).toBeCloseTo((one!.z[k]! - one!.mean[k]!) / 2, 6));
    expect(one!.z).not.toEqual(one!.mean);
  });
});

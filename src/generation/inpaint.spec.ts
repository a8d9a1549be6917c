import { describe, expect, it } from 'vitest';
import { predictAttributes } from './attributes.js';
import { Generator } from './generator.js';
import { inpaint } from './inpaint.js';
import { mean, pixels, ScriptedGenerator } from './testing/scripted-generator.js';

const PICTURE = Float32Array.of(0.1, 0.7, 0.3, 0.9);
/** Pixels 0 and 3 are known. */
const MASK = { known: Uint8Array.of(1, 0, 0, 1), channels: 1 };
const options = { completions: 3, steps: 2, temperature: 1, seed: 5 };

describe('inpaint', () => {
  it('keeps known pixels bit for bit and fills in the others', async () => {
    const { completions } = await inpaint(new Generator(new ScriptedGenerator()), PICTURE, MASK, options);
    for (let row = 0; row < 3; row++) {
      expect(completions[row * 4]).toBe(PICTURE[0]);
      expect(completions[row * 4 + 3]).toBe(PICTURE[3]);
    }
    expect(new Set([...completions].filter((_, i) => i % 4 === 1)).size).toBe(3);
    expect((await inpaint(new Generator(new ScriptedGenerator()), PICTURE, MASK, options)).completions).toEqual(completions);
  });

  it('iterates encode and decode from a draw of the prior', async () => {
    const model = new ScriptedGenerator();
    const { completions } = await inpaint(new Generator(model), PICTURE, MASK, { ...options, temperature: 0 });
    expect(model.signatures).toEqual(['decode', 'encode', 'decode', 'encode', 'decode']);
    // Without noise: x_0 = Dec(0), then x = m x_known + (1 - m) Dec(mean(x)).
    let x = pixels(new Float32Array(2));
    const clamp = (values: Float32Array): Float32Array => values.map((value, i) => (MASK.known[i] === 1 ? PICTURE[i]! : value));
    for (let step = 0; step < 2; step++) x = clamp(pixels(mean(clamp(x))));
    expect(completions).toEqual(Float32Array.from([...x, ...x, ...x]));
  });

  it('gives the standard deviation over completions at unknown pixels', async () => {
    const { completions, deviation } = await inpaint(new Generator(new ScriptedGenerator()), PICTURE, MASK, options);
    expect([deviation[0], deviation[3]]).toEqual([0, 0]);
    for (const pixel of [1, 2]) {
      const values = [0, 1, 2].map((row) => completions[row * 4 + pixel]!);
      const centre = values.reduce((a, b) => a + b) / 3;
      expect(deviation[pixel]).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 3), 6);
      expect(deviation[pixel]).toBeGreaterThan(0);
    }
    const { deviation: single } = await inpaint(new Generator(new ScriptedGenerator()), PICTURE, MASK, { ...options, completions: 1 });
    expect([...single]).toEqual([0, 0, 0, 0]);
  });

  it('samples labels along, or clamps the class', async () => {
    const free = new ScriptedGenerator({ method: 'gibbsnet', attributes: true });
    const { labels } = await inpaint(new Generator(free), PICTURE, MASK, options);
    expect(labels).toHaveLength(9);
    const seen = free.calls.filter(({ signature }) => signature === 'encode').map(({ inputs }) => [...inputs['labels']!.data]);
    for (const drawn of seen) expect([...drawn].sort()).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
    const clamped = new ScriptedGenerator({ method: 'gibbsnet', attributes: true });
    await inpaint(new Generator(clamped), PICTURE, MASK, { ...options, completions: 1, class: 2 });
    expect(clamped.calls.filter(({ signature }) => signature === 'encode').map(({ inputs }) => [...inputs['labels']!.data])).toEqual([[0, 0, 1], [0, 0, 1]]);
  });

  it('refuses models that cannot infer, and conditional ones without a class', async () => {
    await expect(inpaint(new Generator(new ScriptedGenerator({ method: 'gan' })), PICTURE, MASK, options)).rejects.toMatchObject({ code: 'signature-unknown' });
    await expect(inpaint(new Generator(new ScriptedGenerator({ conditional: true })), PICTURE, MASK, options)).rejects.toMatchObject({ code: 'class-required' });
  });
});

describe('predictAttributes', () => {
  it('averages p(y | z) over the last half of the chain with pixels clamped', async () => {
    const model = new ScriptedGenerator({ method: 'gibbsnet', attributes: true });
    // z_0 is about 3 for the first picture and -5 for the second, whatever label is drawn (each moves z by at most 1).
    const x = pixels(Float32Array.of(3, 0, -5, 0));
    const probabilities = await predictAttributes(new Generator(model), x, { steps: 5, temperature: 1, seed: 0 });
    expect([...probabilities]).toEqual([0.75, 0.25, 0, 0.25, 0.75, 0]);
    const encodes = model.calls.filter(({ signature }) => signature === 'encode');
    expect(encodes).toHaveLength(5);
    for (const { inputs } of encodes) expect(inputs['x']!.data).toEqual(x);
    const uniform = Float32Array.from({ length: 6 }, () => 1 / 3);
    expect(encodes[0]!.inputs['labels']!.data).toEqual(uniform);
  });

  it('leaves out the first half', async () => {
    const model = new ScriptedGenerator({ method: 'gibbsnet', attributes: true });
    let decodes = 0;
    const run = model.run.bind(model);
    model.run = async (signature, inputs) => {
      const outputs = await run(signature, inputs);
      if (signature !== 'decode') return outputs;
      decodes += 1;
      return { ...outputs, labels: { dtype: 'float32', shape: [1, 3], data: Float32Array.of(decodes / 8, 1 - decodes / 8, 0) } };
    };
    const probabilities = (steps: number): Promise<Float32Array> => {
      decodes = 0;
      return predictAttributes(new Generator(model), PICTURE, { steps, temperature: 1, seed: 0 });
    };
    expect([...(await probabilities(5))]).toEqual([4 / 8, 4 / 8, 0]); // steps 3, 4, 5
    expect([...(await probabilities(6))]).toEqual([5 / 8, 3 / 8, 0]); // steps 4, 5, 6
    expect([...(await probabilities(1))]).toEqual([1 / 8, 7 / 8, 0]);
  });

  it('refuses models without labels', async () => {
    await expect(predictAttributes(new Generator(new ScriptedGenerator()), PICTURE, { steps: 2, temperature: 1, seed: 0 })).rejects.toMatchObject({ code: 'attributes-not-modelled' });
  });
});

import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostTensor } from '../compiler/tensors.js';
import { loadBundle } from './load-bundle.js';
import type { Manifest } from './manifest.js';
import { readSafetensors } from './safetensors.js';
import { checkAgainstPrograms } from './self-check.js';
import { tinyGenerator } from './testing/tiny-generator.js';
import { predictEntry, tinyClassifier } from './testing/tiny-classifier.js';
import { writeBundle } from './write-bundle.js';

const contents = tinyClassifier();
let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'bundles-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

const images = (count: number, value = 0.25): HostTensor => ({
  dtype: 'float32', shape: [count, 8, 8, 1], data: new Float32Array(count * 64).map((_, i) => value + (i % 7) / 50),
});

describe('writeBundle', () => {
  it('stores manifest, weights and one graph per signature, and nothing else', async () => {
    const manifest = await writeBundle(join(root, 'stored'), contents);
    expect((await readdir(join(root, 'stored'))).sort()).toEqual(['loss-gradient.onnx', 'manifest.json', 'predict.onnx', 'weights.safetensors']);
    expect(await readdir(root)).toEqual(['stored']);
    expect(JSON.parse(await readFile(join(root, 'stored/manifest.json'), 'utf8'))).toEqual(manifest);
    expect(manifest.signatures['predict']).toEqual({
      file: 'predict.onnx',
      inputs: { x: { dtype: 'float32', shape: [-1, 8, 8, 1] } },
      outputs: { logits: { dtype: 'float32', shape: [-1, 3] }, probabilities: { dtype: 'float32', shape: [-1, 3] } },
    });
    expect(manifest.signatures['lossGradient']!.outputs).toEqual({
      logits: { dtype: 'float32', shape: [-1, 3] }, loss: { dtype: 'float32', shape: [-1] }, gradient: { dtype: 'float32', shape: [-1, 8, 8, 1] },
    });
    expect(manifest.parameterCount).toBe(36 + 256 * 256 + 256 * 3 + 3);
    for (const { file, bytes, sha256 } of manifest.parts) {
      const data = await readFile(join(root, 'stored', file));
      expect([data.byteLength, createHash('sha256').update(data).digest('hex')]).toEqual([bytes, sha256]);
    }
  });

  it('holds the weights once: the graphs point into the safetensors file', async () => {
    const manifest = await writeBundle(join(root, 'once'), contents);
    const sizes = Object.fromEntries(manifest.parts.map(({ file, bytes }) => [file, bytes]));
    expect(sizes['weights.safetensors']).toBeGreaterThan(4 * manifest.parameterCount);
    expect(sizes['predict.onnx']).toBeLessThan(4_000);
    expect(sizes['loss-gradient.onnx']).toBeLessThan(12_000);
    const { tensors } = await readSafetensors(join(root, 'once/weights.safetensors'));
    expect(tensors).toEqual(contents.parameters);
  });

  it('replaces an older bundle', async () => {
    await writeBundle(join(root, 'again'), contents);
    const manifest = await writeBundle(join(root, 'again'), { ...contents, name: 'second' });
    expect(JSON.parse(await readFile(join(root, 'again/manifest.json'), 'utf8'))).toMatchObject({ name: 'second' });
    expect(manifest.name).toBe('second');
  });

  it('leaves nothing behind when a program cannot be stored', async () => {
    const parent = await mkdtemp(join(root, 'refused-'));
    const { filter, hidden, bias } = contents.parameters as Record<string, HostTensor>;
    await expect(writeBundle(join(parent, 'x'), { ...contents, parameters: { filter: filter!, hidden: hidden!, bias: bias! } })).rejects.toThrow();
    expect(await readdir(parent)).toEqual([]);
  });

  it('detects a stored model that computes something else', async () => {
    await writeBundle(join(root, 'honest'), contents);
    const model = await loadBundle(join(root, 'honest'));
    const offBy = (offset: number): Promise<void> => checkAgainstPrograms(model, { ...contents, programs: { predict: predictEntry(offset) } });
    await offBy(0);
    await expect(offBy(0.01)).rejects.toMatchObject({ code: 'bundle-self-check-failed' });
    await model.dispose();
  });
});

describe('loadBundle', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(root, 'load-')), 'bundle');
    await writeBundle(folder, contents);
  });

  /** Writes a changed manifest. */
  async function change(edit: (manifest: Manifest) => void): Promise<void> {
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    edit(manifest);
    await writeFile(path, JSON.stringify(manifest));
  }

  it('runs overlapping calls of any batch size', async () => {
    const model = await loadBundle(folder, { threads: 1 });
    const batches = [1, 5, 2].map((count, i) => images(count, 0.1 * (i + 1)));
    const outputs = await Promise.all(batches.map((x) => model.run('predict', { x })));
    for (const [i, { logits, probabilities }] of outputs.entries()) {
      expect(logits!.shape).toEqual([batches[i]!.shape[0], 3]);
      expect(Array.from(probabilities!.data.subarray(0, 3)).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      const alone = await model.run('predict', { x: batches[i]! });
      expect(Array.from(alone['logits']!.data)).toEqual(Array.from(logits!.data));
    }
    await model.dispose();
  });

  it('gives each example its own gradient: a step along it raises the loss by |gradient|^2 per unit', async () => {
    const model = await loadBundle(folder, { threads: 1 });
    const [x, y] = [images(2), { dtype: 'int32', shape: [2], data: Int32Array.of(0, 2) } as const];
    const { loss, gradient } = await model.run('lossGradient', { x, y });
    const step = 1e-2;
    const along = (sign: number): HostTensor => ({ ...x, data: (x.data as Float32Array).map((v, i) => v + sign * step * gradient!.data[i]!) });
    const [up, down] = await Promise.all([1, -1].map((sign) => model.run('lossGradient', { x: along(sign), y })));
    for (const i of [0, 1]) {
      const rise = (up!['loss']!.data[i]! - down!['loss']!.data[i]!) / (2 * step);
      const norm = (gradient!.data as Float32Array).subarray(64 * i, 64 * (i + 1)).reduce((sum, g) => sum + g * g, 0);
      expect(Math.abs(rise / norm - 1)).toBeLessThan(0.02);
    }
    expect(loss!.shape).toEqual([2]);
    await model.dispose();
  });

  it('says what is accepted when a call does not fit', async () => {
    const model = await loadBundle(folder, { threads: 1 });
    const wrong: HostTensor = { dtype: 'float32', shape: [1, 8, 7, 1], data: new Float32Array(56) };
    await expect(model.run('predict', { x: wrong })).rejects.toThrow(/float32\[1,8,7,1\].*float32\[-1,8,8,1\]/);
    await expect(model.run('predict', { x: images(0) })).rejects.toMatchObject({ code: 'signature-batch-empty' });
    await expect(model.run('decode', { x: images(1) })).rejects.toThrow(/predict, lossGradient/);
    await expect(model.run('constructor', { x: images(1) })).rejects.toMatchObject({ code: 'signature-unknown' });
    await expect(model.run('lossGradient', { x: images(1) })).rejects.toThrow(/'y'/);
    await model.dispose();
    await expect(model.run('predict', { x: images(1) })).rejects.toMatchObject({ code: 'executable-disposed' });
  });

  it('refuses damaged, missing and cut-off parts', async () => {
    const weights = join(folder, 'weights.safetensors');
    const bytes = await readFile(weights);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(weights, bytes);
    await expect(loadBundle(folder)).rejects.toMatchObject({ code: 'bundle-part-damaged' });
    await (await loadBundle(folder, { trusted: true })).dispose();
    await appendFile(weights, 'x');
    await expect(loadBundle(folder, { trusted: true })).rejects.toThrow(/weights.safetensors.*bytes/);
    await rename(weights, join(folder, 'elsewhere'));
    await expect(loadBundle(folder)).rejects.toMatchObject({ code: 'bundle-part-missing' });
  });

  it.each<[what: string, edit: (manifest: Manifest) => void, code: string]>([
    ['another format version', (m) => Object.assign(m, { formatVersion: 2 }), 'bundle-manifest-invalid'],
    ['a part outside the folder', (m) => Object.assign(m.parts[1]!, { file: '../predict.onnx' }), 'bundle-manifest-invalid'],
    ['a part listed twice', (m) => void m.parts.push(m.parts[0]!), 'bundle-manifest-invalid'],
    ['a signature without a part', (m) => Object.assign(m.signatures['predict']!, { file: 'other.onnx' }), 'bundle-manifest-invalid'],
    ['no classes', (m) => Object.assign(m, { classes: [] }), 'bundle-manifest-invalid'],
  ])('refuses a manifest with %s', async (_, edit, code) => {
    await change(edit);
    await expect(loadBundle(folder)).rejects.toMatchObject({ code });
  });

  it('refuses a graph whose inputs are not those of the manifest', async () => {
    await change((m) => Object.assign(m.signatures['predict']!, { inputs: { x: { dtype: 'float32', shape: [-1, 64] } } }));
    const model = await loadBundle(folder);
    const flat: HostTensor = { dtype: 'float32', shape: [1, 64], data: new Float32Array(64) };
    await expect(model.run('predict', { x: flat })).rejects.toMatchObject({ code: 'bundle-part-damaged' });
    await model.dispose();
  });

  it('refuses what is not a bundle', async () => {
    await expect(loadBundle(root)).rejects.toMatchObject({ code: 'bundle-part-missing' });
    await writeFile(join(folder, 'manifest.json'), '{');
    await expect(loadBundle(folder)).rejects.toMatchObject({ code: 'bundle-manifest-invalid' });
    expect((await stat(folder)).isDirectory()).toBe(true);
  });
});

describe('generators', () => {
  it.each([
    ['vae', {}, ['decode', 'encode', 'logLikelihood', 'transition']],
    ['gan', { conditional: true }, ['decode', 'discriminate']],
    ['ali', { conditional: true }, ['decode', 'discriminate', 'encode', 'transition']],
    ['gibbsnet', { attributes: true }, ['decode', 'discriminate', 'encode', 'transition']],
  ] as const)('a %s is stored, checked and opened', async (method, options, signatures) => {
    const folder = join(root, `generator-${method}`);
    const manifest = await writeBundle(folder, tinyGenerator({ method, ...options }));
    expect(Object.keys(manifest.signatures).sort()).toEqual(signatures);
    expect(manifest.generation).toMatchObject({ method, latent: 4, pixels: 'bernoulli', ...options });
    const model = await loadBundle(folder);
    await expect(model.run('predict', { x: images(1) })).rejects.toMatchObject({ code: 'signature-unknown' });
    const z: HostTensor = { dtype: 'float32', shape: [2, 4], data: new Float32Array(8) };
    const y: HostTensor = { dtype: 'int32', shape: [2], data: Int32Array.of(0, 2) };
    const { x } = await model.run('decode', 'conditional' in options ? { z, y } : { z });
    expect(x!.shape).toEqual([2, 8, 8, 1]);
    if (method === 'vae') expect(new Set(x!.data)).toEqual(new Set([0.5])); // sigmoid(0)
    await model.dispose();
  });

  it('a manifest has the generation block exactly when the task is generation', async () => {
    await expect(writeBundle(join(root, 'without'), { ...tinyGenerator(), generation: undefined })).rejects.toThrow('belongs to the task generation');
  });
});

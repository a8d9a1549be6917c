import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBuiltIn } from './create-built-in.js';
import { builtInOptions } from './dataset.options.js';
import type { DatasetDescriptor } from './dataset.js';
import { openDataset } from './open-dataset.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'built-in-'));
});
afterEach(() => rm(folder, { recursive: true }));

const create = (options: Record<string, unknown>): Promise<DatasetDescriptor> => createBuiltIn(builtInOptions.parse({ name: 'set', ...options }), folder);
const small = { trainCount: 200, validationCount: 50, testCount: 100 };

describe.each([
  ['glyphs', [28, 28, 1], 10, '586fff0377d8508ee45fa3c21508cb6c6ccaede016946247046a26aabc752759'],
  ['two-spirals', [2], 2, 'f30c9f06f78dc0c19e2d9527d7ec699b070beeddb2acd51d49d761a4abe2ed64'],
  ['gaussian-blobs', [2], 3, 'a4efb50e9ed6fada0567fdd356cfe2e4e2b2271e0f0f0a8a7602ab42004455d4'],
] as const)('%s', (builtIn, exampleShape, classCount, digest) => {
  it('has the sizes asked for, balanced classes, values within bounds and the known digest', async () => {
    const descriptor = await create({ builtIn, ...small });
    expect(descriptor.exampleShape).toEqual(exampleShape);
    expect(descriptor.classes).toHaveLength(classCount);
    expect(Object.values(descriptor.splits).map(({ count }) => count)).toEqual([200, 50, 100]);
    for (const { count, histogram } of Object.values(descriptor.splits)) {
      for (const ofClass of histogram) expect(Math.abs(ofClass - count / classCount)).toBeLessThan(1);
    }
    const { examples } = (await openDataset(folder)).split('train').batch(Array.from({ length: 200 }, (_, i) => i));
    const [low, high] = descriptor.bounds;
    expect(examples.every((value) => value >= low && value <= high)).toBe(true);
    expect(descriptor.digest).toBe(digest);
  });

  it('gives the first examples of a larger set to a smaller one, and others to another seed or split', async () => {
    await create({ builtIn, ...small });
    const [large, test] = await Promise.all(['train', 'test'].map((split) => readFile(join(folder, `${split}.examples.bin`))));
    await create({ builtIn, ...small, trainCount: 20 });
    const few = await readFile(join(folder, 'train.examples.bin'));
    expect(few.equals(large!.subarray(0, few.length))).toBe(true);
    expect(few.equals(test!.subarray(0, few.length))).toBe(false);
    await create({ builtIn, ...small, trainCount: 20, seed: 1 });
    expect((await readFile(join(folder, 'train.examples.bin'))).equals(few)).toBe(false);
  });
});

describe('glyphs', () => {
  const pixels = async (options: Record<string, unknown>): Promise<Buffer> => {
    await create({ builtIn: 'glyphs', trainCount: 40, testCount: 0, ...options });
    return readFile(join(folder, 'train.examples.bin'));
  };
  const centroid = (image: Buffer): [number, number] => {
    let sum = 0, x = 0, y = 0;
    image.forEach((value, at) => {
      const ink = Math.max(0, value - 90);
      sum += ink;
      x += ink * (at % 28);
      y += ink * Math.floor(at / 28);
    });
    return [x / sum, y / sum];
  };

  it('draws upright, centred, alike glyphs without distortion, clutter and noise', async () => {
    const bytes = await pixels({ distortion: 0, clutter: 0, noise: 0 });
    const image = (i: number): Buffer => bytes.subarray(i * 784, (i + 1) * 784);
    for (let i = 0; i < 10; i++) {
      const [x, y] = centroid(image(i));
      expect(Math.abs(x - 13.5)).toBeLessThan(2);
      expect(Math.abs(y - 13.5)).toBeLessThan(3.5);
      const [x2, y2] = centroid(image(i + 10));
      expect(Math.hypot(x2 - x, y2 - y)).toBeLessThan(1);
    }
  });

  it('adds noise of the deviation asked for', async () => {
    const noiseOf = async (noise: number): Promise<number> => {
      const clean = await pixels({ noise: 0, clutter: 0 });
      const noisy = await pixels({ noise, clutter: 0 });
      // The clean image says which pixels cannot be clipped.
      const deviations = [...noisy].map((value, at) => value - clean[at]!).filter((_, at) => clean[at]! > 100 && clean[at]! < 140);
      return Math.sqrt(deviations.reduce((sum, d) => sum + d * d, 0) / deviations.length) / 255;
    };
    expect(await noiseOf(0.1)).toBeCloseTo(0.1, 1);
    expect(await noiseOf(0.05)).toBeCloseTo(0.05, 2);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cifar10, datasetFile } from '../../test/fixtures/dataset-files.js';
import { createBuiltIn } from './create-built-in.js';
import { builtInOptions, uploadOptions } from './dataset.options.js';
import { encodeImageGrid } from './image-grid.js';
import { importDataset } from './import-dataset.js';
import { previewDataset } from './preview.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preview-'));
});
afterEach(() => rm(folder, { recursive: true }));

const pixels = async (png: Buffer): Promise<{ width: number; height: number; channels: number; at: (x: number, y: number) => number[] }> => {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { width, height, channels, at: (x, y) => [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)] };
};

describe('encodeImageGrid', () => {
  it('places images row by row, enlarges pixels, clips floats and leaves gaps', async () => {
    const images = [Float32Array.of(0, 1), Uint8Array.of(10, 20), undefined, Float32Array.of(-1, 2)];
    const grid = await pixels(await encodeImageGrid(images, [1, 2, 1], { columns: 2, scale: 3, gap: 1, background: 99 }));
    expect([grid.width, grid.height]).toEqual([3 * 7, 3 * 5]);
    const level = (x: number, y: number): number => grid.at(3 * x + 2, 3 * y)[0]!;
    expect([0, 1, 2, 3, 4, 5, 6].map((x) => level(x, 1))).toEqual([99, 0, 255, 99, 10, 20, 99]);
    expect([0, 1, 2, 3, 4, 5, 6].map((x) => level(x, 3))).toEqual([99, 99, 99, 99, 0, 255, 99]);
  });

  it('refuses images of another size', async () => {
    await expect(encodeImageGrid([new Uint8Array(3)], [1, 2, 1], { columns: 1 })).rejects.toThrow(/internal/);
  });
});

describe('previewDataset', () => {
  it('shows one row per class, in colour', async () => {
    await importDataset(uploadOptions.parse({ name: 'c', format: 'cifar10', split: { testFraction: 0 } }), [datasetFile('train', cifar10([1, 0, 1]))], folder);
    const { png, classes, columns, split } = await previewDataset(folder, { columns: 3 });
    expect([classes.length, columns, split]).toEqual([10, 3, 'train']);
    const grid = await pixels(png);
    expect([grid.width, grid.height]).toEqual([2 * (3 * 33 + 1), 2 * (10 * 33 + 1)]);
    expect(grid.at(2 + 20, 2 + 20)).toEqual([64, 128, 192]);
    expect(grid.at(68 + 20, 68 + 20)).toEqual([65, 129, 193]);
    expect(grid.at(134 + 20, 2 + 20)).toEqual([64, 64, 64]);
  });

  it('draws tables as points', async () => {
    await createBuiltIn(builtInOptions.parse({ name: 't', builtIn: 'gaussian-blobs', classCount: 2, spread: 0, trainCount: 10 }), folder);
    const plot = await pixels((await previewDataset(folder)).png);
    const x = (value: number): number => Math.round(12 + ((value + 1) / 2) * 456);
    expect(plot.at(x(0.6), 240).slice(0, 3)).not.toEqual([255, 255, 255]);
    expect(plot.at(x(-0.6), 240).slice(0, 3)).not.toEqual([255, 255, 255]);
    expect(plot.at(x(0), 240).slice(0, 3)).toEqual([255, 255, 255]);
  });

  it('names the splits there are', async () => {
    await createBuiltIn(builtInOptions.parse({ name: 't', builtIn: 'two-spirals', trainCount: 10, testCount: 0 }), folder);
    await expect(previewDataset(folder, { split: 'test' })).rejects.toThrow(/no test split; it has 'train'/);
  });
});

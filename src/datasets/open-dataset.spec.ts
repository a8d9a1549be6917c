import { mkdtemp, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBuiltIn } from './create-built-in.js';
import { builtInOptions } from './dataset.options.js';
import { openDataset } from './open-dataset.js';

let folder: string;
const at = (file: string): string => join(folder, file);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-'));
  await createBuiltIn(builtInOptions.parse({ name: 'g', builtIn: 'glyphs', trainCount: 20, testCount: 10 }), folder);
});
afterEach(() => rm(folder, { recursive: true }));

async function editDescriptor(change: (descriptor: Record<string, unknown>) => unknown): Promise<void> {
  const descriptor = JSON.parse(await readFile(at('descriptor.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(at('descriptor.json'), JSON.stringify(change(descriptor)));
}

describe('openDataset', () => {
  it('gathers rows of all splits as value / 255', async () => {
    const dataset = await openDataset(folder);
    const bytes = await readFile(at('train.examples.bin'));
    const { examples, labels, size } = dataset.split('train').batch([3, 17]);
    expect(size).toBe(2);
    expect(Array.from(labels)).toEqual([3, 7]);
    expect(examples).toEqual(Float32Array.from([...bytes.subarray(3 * 784, 4 * 784), ...bytes.subarray(17 * 784, 18 * 784)], (v) => v / 255));
    expect(dataset.split('test').count).toBe(10);
  });

  it('reuses buffers that fit and replaces others', async () => {
    const split = (await openDataset(folder)).split('train');
    const first = split.batch([0, 1]);
    const second = split.batch([5, 6], first);
    expect(second.examples).toBe(first.examples);
    expect(second.labels).toBe(first.labels);
    expect(Array.from(second.labels)).toEqual([5, 6]);
    expect(split.batch([5], first).examples).toHaveLength(784);
  });

  it('names the splits there are', async () => {
    const dataset = await openDataset(folder);
    expect(() => dataset.split('validation')).toThrow(/'g' has no validation split; it has 'train', 'test'/);
    expect(() => dataset.split('train').batch([20])).toThrow(/internal: example 20/);
  });

  it.each([
    ['a short file', () => truncate(at('train.examples.bin'), 784 * 20 - 1), /train.examples.bin .*15679 bytes instead of 15680/],
    ['a missing file', () => unlink(at('test.labels.bin')), /test.labels.bin .*cannot be read/],
    ['a changed pixel', async () => {
      const bytes = await readFile(at('test.examples.bin'));
      bytes[100]! ^= 1;
      await writeFile(at('test.examples.bin'), bytes);
    }, /SHA-256/],
    ['a label that is no class', () => writeFile(at('test.labels.bin'), Buffer.alloc(20, 1)), /label 257 of example 0 is no class/],
    ['no descriptor', () => unlink(at('descriptor.json')), /descriptor.json .*cannot be read/],
    ['a descriptor that is no JSON', () => writeFile(at('descriptor.json'), '{'), /descriptor.json/],
    ['a descriptor of another version', () => editDescriptor((d) => ({ ...d, formatVersion: 2 })), /formatVersion/],
    ['a histogram of other length', () => editDescriptor((d) => ({ ...d, classes: ['a', 'b'] })), /histogram of train/],
  ])('refuses %s', async (_, damage, says) => {
    await damage();
    await expect(openDataset(folder)).rejects.toMatchObject({ code: 'dataset-damaged', message: expect.stringMatching(says) as string });
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cifar10, datasetFile, idx } from '../../test/fixtures/dataset-files.js';
import { RampartError } from '../errors/index.js';
import { uploadOptions, type UploadOptions } from './dataset.options.js';
import type { DatasetDescriptor } from './dataset.js';
import type { DatasetFile } from './file-roles.js';
import { importDataset } from './import-dataset.js';
import { DEFAULT_DATASET_LIMITS, type DatasetLimits } from './limits.js';
import { openDataset } from './open-dataset.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataset-'));
});
afterEach(() => rm(folder, { recursive: true }));

const options = (given: Record<string, unknown>): UploadOptions => uploadOptions.parse({ name: 'set', ...given });
const idxOptions = (given: Record<string, unknown> = {}): UploadOptions => options({ format: 'idx', split: { testFraction: 0 }, ...given });
const csvOptions = (given: Record<string, unknown> = {}): UploadOptions => options({ format: 'csv', split: { testFraction: 0 }, ...given });
const labels = (count: number, classes = 2): number[] => Array.from({ length: count }, (_, i) => i % classes);
const pair = (images: Buffer, labelBytes: Buffer, chunk?: number): DatasetFile[] => [
  datasetFile('train-images', images, chunk),
  datasetFile('train-labels', labelBytes, chunk),
];
const images6 = idx([6, 2, 3]);
const labels6 = idx([6], labels(6));
const run = (given: UploadOptions, files: readonly DatasetFile[], limits: Partial<DatasetLimits> = {}): Promise<DatasetDescriptor> =>
  importDataset(given, files, folder, { ...DEFAULT_DATASET_LIMITS, ...limits });

describe('IDX', () => {
  it('keeps pixels, labels, shape and counts, whatever the chunks', async () => {
    const descriptor = await run(idxOptions(), pair(images6, labels6, 1));
    expect(descriptor).toMatchObject({
      kind: 'image', exampleShape: [2, 3, 1], storage: 'uint8', bounds: [0, 1], classes: ['0', '1'],
      splits: { train: { count: 6, histogram: [3, 3] } },
    });
    const batch = (await openDataset(folder)).split('train').batch([5, 0]);
    expect(Array.from(batch.labels)).toEqual([1, 0]);
    expect(batch.examples[0]).toBe(Math.fround(30 / 255));
    expect(batch.examples[7]).toBe(Math.fround(1 / 255));
  });

  it('gives one digest for plain and gzip files, whatever their chunks', async () => {
    const plain = await run(idxOptions(), pair(images6, labels6));
    const zipped = await run(idxOptions(), pair(gzipSync(images6), gzipSync(labels6), 7));
    const twoMembers = await run(idxOptions(), pair(Buffer.concat([gzipSync(images6.subarray(0, 20)), gzipSync(images6.subarray(20))]), labels6));
    expect(new Set([plain.digest, zipped.digest, twoMembers.digest]).size).toBe(1);
    expect(plain.digest).toBe('fcae66518da0b7dfcd87eb7b053fb163e47129d7139f2d190fce460a56ea7965');
  });

  it('takes colour images and test files', async () => {
    const descriptor = await run(idxOptions({ split: {}, classes: ['a', 'b', 'c'] }), [
      ...pair(idx([6, 2, 2, 3]), labels6),
      datasetFile('test-images', idx([3, 2, 2, 3])),
      datasetFile('test-labels', idx([3], labels(3, 3))),
    ]);
    expect(descriptor).toMatchObject({
      exampleShape: [2, 2, 3], classes: ['a', 'b', 'c'],
      splits: { train: { count: 6, histogram: [3, 3, 0] }, test: { count: 3, histogram: [1, 1, 1] } },
    });
  });

  it('divides by the rule: every example once, in order, classes in proportion', async () => {
    const count = 200;
    const files = pair(idx([count, 1, 2], Array.from({ length: 2 * count }, (_, i) => i >> 1)), idx([count], labels(count, 4)));
    const rule = { split: { validationFraction: 0.1, testFraction: 0.2, seed: 3 } };
    const descriptor = await run(idxOptions(rule), files);
    expect(descriptor.splits).toEqual({
      train: { count: 140, histogram: [35, 35, 35, 35] },
      validation: { count: 20, histogram: [5, 5, 5, 5] },
      test: { count: 40, histogram: [10, 10, 10, 10] },
    });
    const ids: number[] = [];
    for (const split of ['train', 'validation', 'test'] as const) {
      const bytes = await readFile(join(folder, `${split}.examples.bin`));
      const found = Array.from(bytes).filter((_, i) => i % 2 === 0);
      expect(found).toEqual([...found].sort((a, b) => a - b));
      ids.push(...found);
      const own = (await openDataset(folder)).split(split).labels;
      expect(Array.from(own)).toEqual(found.map((id) => id % 4));
    }
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect((await run(idxOptions(rule), files)).digest).toBe(descriptor.digest);
    expect((await run(idxOptions({ split: { ...rule.split, seed: 4 } }), files)).digest).not.toBe(descriptor.digest);
    expect((await readdir(folder)).sort()).toEqual(
      ['descriptor.json', ...['test', 'train', 'validation'].flatMap((split) => [`${split}.examples.bin`, `${split}.labels.bin`])],
    );
  });
});

describe('CIFAR-10', () => {
  it('turns planes into pixels and joins several files', async () => {
    const descriptor = await run(options({ format: 'cifar10' }), [
      datasetFile('train', cifar10([3, 9]), 1000), datasetFile('train', gzipSync(cifar10([0]))), datasetFile('test', cifar10([5])),
    ]);
    expect(descriptor).toMatchObject({ exampleShape: [32, 32, 3], splits: { train: { count: 3 }, test: { count: 1 } } });
    expect(descriptor.classes[9]).toBe('truck');
    const { examples } = (await openDataset(folder)).split('train').batch([1]);
    expect(Array.from(examples.subarray(0, 4))).toEqual([73, 137, 201, 73].map((value) => Math.fround(value / 255)));
  });
});

describe('CSV', () => {
  it('reads a table with a header and text labels', async () => {
    const text = '\ufeffspecies;length;width\r\nsetosa; 5.1;-3e-1\r\nvirginica;"6.3";+.5\r\n\r\nsetosa;4;1.\r\n';
    const descriptor = await run(csvOptions({ labelColumn: 'species', delimiter: ';' }), [datasetFile('train', text, 5)]);
    expect(descriptor).toMatchObject({
      kind: 'tabular', exampleShape: [2], storage: 'float32', bounds: [Math.fround(-0.3), Math.fround(6.3)],
      classes: ['setosa', 'virginica'], splits: { train: { count: 3, histogram: [2, 1] } },
    });
    const batch = (await openDataset(folder)).split('train').batch([1, 0]);
    expect(Array.from(batch.examples)).toEqual([6.3, 0.5, 5.1, -0.3].map(Math.fround));
    expect(Array.from(batch.labels)).toEqual([1, 0]);
  });

  it('orders number labels by value, over training and test files', async () => {
    const descriptor = await run(csvOptions({ split: {} }), [datasetFile('train', '1,10\n2,9\n'), datasetFile('test', '3,-1\r4,10')]);
    expect(descriptor).toMatchObject({ classes: ['-1', '9', '10'], splits: { train: { histogram: [0, 1, 1] }, test: { histogram: [1, 0, 1] } } });
    const dataset = await openDataset(folder);
    expect([...dataset.split('train').labels, ...dataset.split('test').labels]).toEqual([2, 1, 0, 2]);
  });

  it('makes images of a declared range, as floats or in 256 levels', async () => {
    const files = [datasetFile('train', 'a,b,c,d,y\n0,16,8,4,0\n16,0,0,1,1\n')];
    const image = { imageShape: [2, 2, 1], valueRange: [0, 16] };
    expect(await run(csvOptions(image), files)).toMatchObject({ kind: 'image', exampleShape: [2, 2, 1], storage: 'float32', bounds: [0, 1] });
    expect(Array.from((await openDataset(folder)).split('train').batch([0]).examples)).toEqual([0, 1, 0.5, 0.25]);
    expect(await run(csvOptions({ ...image, storage: 'uint8' }), files)).toMatchObject({ storage: 'uint8' });
    expect(Array.from(await readFile(join(folder, 'train.examples.bin')))).toEqual([0, 255, 128, 64, 255, 0, 0, 16]);
    expect(await run(csvOptions({ imageShape: [2, 2, 1] }), files)).toMatchObject({ storage: 'uint8' });
  });

  it('takes labels by class name or index', async () => {
    await run(csvOptions({ classes: ['cat', 'dog'] }), [datasetFile('train', '1,dog\n2,0\n3,cat\n')]);
    expect(Array.from((await openDataset(folder)).split('train').labels)).toEqual([1, 0, 0]);
  });
});

interface BadInput {
  readonly name: string;
  readonly code: string;
  readonly says: RegExp;
  readonly options?: UploadOptions;
  readonly files: readonly DatasetFile[];
  readonly limits?: Partial<DatasetLimits>;
}

const csv = (text: string): DatasetFile[] => [datasetFile('train', text)];
const bomb = gzipSync(Buffer.concat([idx([4000, 28, 28], []), Buffer.alloc(4000 * 784)]));

const BAD_IDX: readonly BadInput[] = [
  { name: 'truncated images', code: 'truncated-file', says: /train-images ends at byte 42 .*10 more bytes of 6 images 2 x 3 x 1/, files: pair(images6.subarray(0, 42), labels6) },
  { name: 'truncated labels', code: 'truncated-file', says: /train-labels ends at byte 12 .*2 more/, files: pair(images6, labels6.subarray(0, 12)) },
  { name: 'truncated header', code: 'truncated-file', says: /ends at byte 10 .*header of 3 dimensions/, files: pair(images6.subarray(0, 10), labels6) },
  { name: 'wrong magic', code: 'wrong-magic-number', says: /begins with 89504e47; .*00000803 or 00000804/, files: pair(Buffer.from('89504e470d0a1a0a', 'hex'), labels6) },
  { name: 'files in each other\'s role', code: 'wrong-magic-number', says: /train-labels begins with 00000803.*00000801/, files: pair(labels6, images6) },
  { name: 'float elements', code: 'wrong-magic-number', says: /00000d03/, files: pair(Buffer.concat([Buffer.from([0, 0, 0x0d, 3]), images6.subarray(4)]), labels6) },
  { name: 'fewer labels than images', code: 'label-count-mismatch', says: /6 images but train-labels holds 5 labels/, files: pair(images6, idx([5], labels(5))) },
  { name: 'label outside the classes', code: 'label-outside-classes', says: /row 2 of train-labels is '2'; accepted is 0 to 1/, options: idxOptions({ classes: ['a', 'b'] }), files: pair(images6, idx([6], labels(6, 3))) },
  { name: 'empty file', code: 'empty-file', says: /train-images/, files: pair(Buffer.alloc(0), labels6) },
  { name: 'gzip of nothing', code: 'empty-file', says: /train-images/, files: pair(gzipSync(''), labels6) },
  { name: 'no examples', code: 'idx-dimensions-not-accepted', says: /\[0\]; accepted is at least one/, files: pair(images6, idx([0])) },
  { name: 'no pixels', code: 'idx-dimensions-not-accepted', says: /\[6, 0, 3\]/, files: pair(idx([6, 0, 3]), labels6) },
  { name: 'two channels', code: 'idx-dimensions-not-accepted', says: /1 or 3 channels/, files: pair(idx([6, 1, 1, 2]), labels6) },
  { name: 'dimensions whose product overflows 32 and 53 bits', code: 'too-many-features', says: /1 to 200000/, files: pair(idx([6, 2 ** 32 - 1, 2 ** 32 - 1], []), labels6) },
  { name: 'a count that promises 4 GB', code: 'too-many-examples', says: /4294967295 .*5000000/, files: pair(images6, idx([2 ** 32 - 1], [])) },
  { name: 'data after the end', code: 'trailing-data', says: /after byte 52/, files: pair(Buffer.concat([images6, Buffer.from('x')]), labels6) },
  { name: 'bytes after the gzip data', code: 'corrupt-gzip', says: /incorrect header check/, files: pair(Buffer.concat([gzipSync(images6), Buffer.from('junk')]), labels6) },
  { name: 'bytes after the gzip data, one by one', code: 'corrupt-gzip', says: /incorrect header check/, files: pair(Buffer.concat([gzipSync(images6), Buffer.from('junk')]), labels6, 1) },
  { name: 'zeros after the gzip data', code: 'trailing-data', says: /train-images goes on/, files: pair(Buffer.concat([gzipSync(images6), Buffer.alloc(100)]), labels6) },
  { name: 'zeros after the gzip data, one by one', code: 'trailing-data', says: /train-images goes on/, files: pair(Buffer.concat([gzipSync(images6), Buffer.alloc(100)]), labels6, 1) },
  { name: 'gzip cut off', code: 'truncated-file', says: /rest of the gzip data/, files: pair(gzipSync(images6).subarray(0, -9), labels6) },
  { name: 'gzip damaged', code: 'corrupt-gzip', says: /train-images cannot be read/, files: pair(gzipSync(images6).fill(0xff, 12, 20), labels6) },
  { name: 'gzip bomb by ratio', code: 'inflation-ratio-too-high', says: /up to 100-fold/, files: pair(bomb, idx([4000], labels(4000))) },
  { name: 'gzip bomb by size', code: 'inflated-data-too-large', says: /more than 1000000 bytes/, files: pair(bomb, idx([4000], labels(4000))), limits: { maxRatio: 1e9, maxInflatedBytes: 1e6 } },
  { name: 'one class', code: 'too-few-classes', says: /1 class;/, files: pair(images6, idx([6], labels(6, 1))) },
  { name: 'no label file', code: 'file-role-missing', says: /'train-labels'/, files: [datasetFile('train-images', images6)] },
  { name: 'test images without labels', code: 'file-role-missing', says: /'test-labels'/, files: [...pair(images6, labels6), datasetFile('test-images', images6)] },
  { name: 'images twice', code: 'file-role-repeated', says: /one file 'train-images'/, files: [...pair(images6, labels6), datasetFile('train-images', images6)] },
  { name: 'another shape in the test files', code: 'example-shape-mismatch', says: /\[2, 3, 1\] and test examples \[3, 2, 1\]/, options: idxOptions({ split: {} }), files: [...pair(images6, labels6), datasetFile('test-images', idx([6, 3, 2])), datasetFile('test-labels', labels6)] },
  { name: 'a test fraction beside test files', code: 'split-rule-conflict', says: /0.5/, options: idxOptions({ split: { testFraction: 0.5 } }), files: [...pair(images6, labels6), datasetFile('test-images', images6), datasetFile('test-labels', labels6)] },
  { name: 'a split that gets nothing', code: 'empty-split', says: /validation .*0.01 of 6/, options: idxOptions({ split: { validationFraction: 0.01, testFraction: 0 } }), files: pair(images6, labels6) },
];

const cifarOptions = options({ format: 'cifar10' });
const BAD_CIFAR: readonly BadInput[] = [
  { name: 'truncated record', code: 'truncated-file', says: /byte 6145 .*record 1 of 3073 bytes \(1 more\)/, options: cifarOptions, files: [datasetFile('train', cifar10([1, 2]).subarray(0, -1))] },
  { name: 'label 10', code: 'label-outside-classes', says: /row 1 of train is '10'; accepted is 0 to 9/, options: cifarOptions, files: [datasetFile('train', cifar10([1, 10]))] },
  { name: 'empty file', code: 'empty-file', says: /train/, options: cifarOptions, files: [datasetFile('train', '')] },
  { name: 'too many examples', code: 'too-many-examples', says: /up to 2/, options: cifarOptions, files: [datasetFile('train', cifar10([1, 2, 3]))], limits: { maxExamples: 2 } },
];

const BAD_CSV: readonly BadInput[] = [
  ...['NaN', 'nan', 'Infinity', '-Infinity', '', ' ', 'abc', '0x10', '1e999', '1e39', '1,5', '1_000', '1e', '--1', '0b1'].map((value) => ({
    name: `value '${value}'`, code: 'csv-value-not-a-number', says: /Line 2, column 2 of train is '.*'; a finite decimal/, files: csv(`1,2,0\n3,"${value}",1\n`),
  })),
  { name: 'a bad value under a header', code: 'csv-value-not-a-number', says: /Line 3, column 1 \('height'\)/, files: csv('height,y\n1,0\nx,1\n') },
  { name: 'a short row', code: 'csv-row-length', says: /Line 3 of train has 2 columns; the lines before have 3/, files: csv('1,2,0\n1,2,1\n1,0\n') },
  { name: 'one column', code: 'csv-without-features', says: /one column when separated by ','/, files: csv('1;0\n2;1\n') },
  { name: 'an open quote', code: 'csv-malformed', says: /Line \d+ of train cannot be read/, files: csv('1,"2,0\n3,4,1\n') },
  { name: 'a header only', code: 'empty-file', says: /train holds no data/, files: csv('a,b,y\n') },
  { name: 'blank lines only', code: 'empty-file', says: /train/, files: csv('\n\n\n') },
  { name: 'no such label column', code: 'label-column-missing', says: /no column "z"; accepted is one of its header line: 'a', 'b'/, options: csvOptions({ labelColumn: 'z' }), files: csv('a,b\n1,0\n2,1\n') },
  { name: 'a label name without a header', code: 'label-column-missing', says: /no column "a"/, options: csvOptions({ labelColumn: 'a', header: false }), files: csv('a,b\n1,0\n2,1\n') },
  { name: 'a label index beyond the row', code: 'label-column-missing', says: /no column 2; accepted is -2 to 1/, options: csvOptions({ labelColumn: 2 }), files: csv('1,0\n2,1\n') },
  { name: 'a class that was not declared', code: 'label-outside-classes', says: /row 2 of train is 'cow'; accepted is 0 to 1 or one of 'cat', 'dog'/, options: csvOptions({ classes: ['cat', 'dog'] }), files: csv('1,cat\n2,cow\n') },
  { name: 'an index of number-named classes', code: 'label-outside-classes', says: /is '0'; accepted is one of '1', '2'/, options: csvOptions({ classes: ['1', '2'] }), files: csv('1,1\n2,0\n') },
  { name: 'an empty label', code: 'label-outside-classes', says: /row 2 of train is ''/, files: csv('1,a\n2,\n') },
  { name: 'a real-valued label column', code: 'too-many-classes', says: /Row 4 of train brings class 4; up to 3/, files: csv('1,.1\n2,.2\n3,.3\n4,.4\n'), limits: { maxClasses: 3 } },
  { name: 'columns that make no image', code: 'image-shape-mismatch', says: /3 feature columns; imageShape \[2, 2, 1\] needs 4/, options: csvOptions({ imageShape: [2, 2, 1] }), files: csv('1,2,3,0\n1,2,3,1\n') },
  { name: 'a value outside the range', code: 'csv-value-out-of-range', says: /Line 2, column 1 of train is 17; the declared range is 0 to 16/, options: csvOptions({ valueRange: [0, 16] }), files: csv('1,0\n17,1\n') },
  { name: 'constant features', code: 'constant-features', says: /is 7/, files: csv('7,0\n7,1\n') },
  { name: 'an endless line', code: 'csv-malformed', says: /longer than 1000 bytes/, files: csv(','.repeat(5000)), limits: { maxLineBytes: 1000 } },
  { name: 'an endless quoted field', code: 'csv-malformed', says: /cannot be read/, files: csv(`"${'x\n'.repeat(5000)}`), limits: { maxLineBytes: 1000 } },
  { name: 'too many columns', code: 'too-many-features', says: /3 values; 1 to 2/, files: csv('1,2,3,0\n1,2,3,1\n'), limits: { maxFeatures: 2 } },
  { name: 'too many rows', code: 'too-many-examples', says: /up to 1/, files: csv('1,0\n2,1\n'), limits: { maxExamples: 1 } },
  { name: 'other columns in the test file', code: 'example-shape-mismatch', says: /\[1\] and test examples \[2\]/, options: csvOptions({ split: {} }), files: [...csv('1,0\n2,1\n'), datasetFile('test', '1,2,0\n2,2,1\n')] },
  { name: 'two files of different width', code: 'csv-row-length', says: /Line 1 of train has 3/, files: [...csv('1,0\n2,1\n'), ...csv('1,2,0\n')] },
];

describe.each([
  ['IDX', BAD_IDX, idxOptions()],
  ['CIFAR-10', BAD_CIFAR, cifarOptions],
  ['CSV', BAD_CSV, csvOptions()],
] as const)('bad %s input', (_, rows, usual) => {
  it.each(rows)('$name: $code', async ({ code, says, options: given, files, limits }) => {
    const error: unknown = await run(given ?? usual, files, limits).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RampartError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) as string });
    expect(await readdir(folder)).toEqual([]);
  });
});

it('passes on the failure of an upload that breaks off, and leaves nothing', async () => {
  function* broken(): Generator<Buffer> {
    yield images6.subarray(0, 30);
    throw new Error('connection lost');
  }
  const files: DatasetFile[] = [{ role: 'train-images', name: 'i', open: () => Readable.from(broken()) }, datasetFile('train-labels', labels6)];
  await expect(run(idxOptions(), files)).rejects.toThrow('connection lost');
  expect(await readdir(folder)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { builtInOptions, datasetName, uploadOptions } from './dataset.options.js';
import { roleOf } from './file-roles.js';

describe('options', () => {
  it('fills in defaults', () => {
    expect(uploadOptions.parse({ name: 'a', format: 'idx' })).toEqual({ name: 'a', format: 'idx', split: { validationFraction: 0, seed: 0 } });
    expect(builtInOptions.parse({ name: 'a', builtIn: 'two-spirals' })).toMatchObject({ trainCount: 1000, testCount: 500, seed: 0, turns: 1.5 });
  });

  it.each(['A', '', '.a', 'a/b', '../a', 'a b', 'a\n', 'a#', 'x'.repeat(64), 'ä'])('refuses the name %j', (name) => {
    expect(datasetName.safeParse(name).success).toBe(false);
  });

  it.each([
    [{ name: 'a', format: 'parquet' }],
    [{ name: 'a', format: 'idx', unknown: 1 }],
    [{ name: 'a', format: 'idx', classes: ['x', 'x'] }],
    [{ name: 'a', format: 'cifar10', classes: ['x', 'y'] }],
    [{ name: 'a', format: 'idx', split: { validationFraction: 0.6, testFraction: 0.4 } }],
    [{ name: 'a', format: 'csv', valueRange: [1, 1] }],
    [{ name: 'a', format: 'csv', storage: 'uint8' }],
    [{ name: 'a', format: 'csv', imageShape: [2, 2, 2] }],
  ])('refuses %j', (options) => {
    expect(uploadOptions.safeParse(options).success).toBe(false);
  });
});

describe('roleOf', () => {
  it.each([
    ['idx', 'test-labels', 'anything.gz', 'test-labels'],
    ['idx', 'file', 'train-images-idx3-ubyte.gz', 'train-images'],
    ['idx', 'file', 'train-labels.idx1-ubyte', 'train-labels'],
    ['idx', 'file', 't10k-images-idx3-ubyte', 'test-images'],
    ['idx', 'file', 't10k-labels-idx1-ubyte.gz', 'test-labels'],
    ['cifar10', 'file', 'data_batch_3.bin', 'train'],
    ['cifar10', 'file', 'test_batch.bin', 'test'],
    ['csv', 'file', 'iris.csv', 'train'],
    ['csv', 'train', 'test.csv', 'train'],
  ] as const)('%s: field %s, file %s -> %s', (format, field, fileName, role) => {
    expect(roleOf(format, field, fileName)).toBe(role);
  });

  it('refuses an IDX file that says nothing', () => {
    expect(() => roleOf('idx', 'file', 'data.gz')).toThrow(/'data.gz' was sent as 'file'.*'train-images'/);
  });
});

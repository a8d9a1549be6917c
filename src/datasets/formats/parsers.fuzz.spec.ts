import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cifar10, datasetFile, idx } from '../../../test/fixtures/dataset-files.js';
import { RampartError } from '../../errors/index.js';
import { uploadOptions } from '../dataset.options.js';
import type { DatasetFile, FileRole, UploadFormat } from '../file-roles.js';
import { importDataset } from '../import-dataset.js';
import { DEFAULT_DATASET_LIMITS } from '../limits.js';
import { openDataset } from '../open-dataset.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataset-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LIMITS = { ...DEFAULT_DATASET_LIMITS, maxInflatedBytes: 2 ** 20, maxExamples: 1000, maxFeatures: 5000, maxLineBytes: 10_000 };

/** Valid files of each format, to be damaged. */
const VALID: Readonly<Record<UploadFormat, readonly (readonly [FileRole, Buffer])[]>> = {
  idx: [['train-images', idx([8, 3, 2])], ['train-labels', idx([8], [0, 1, 2, 0, 1, 2, 0, 1])]],
  cifar10: [['train', cifar10([4, 7, 4, 0])]],
  csv: [['train', Buffer.from('a,b,y\n1,2,"x"\n-3.5,4e2,z\n5,6,x\n0,0,z\n')]],
};

/** A file changed by overwriting bytes, cutting and appending. */
const damaged = (original: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .record({
      overwrite: fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 4 }),
      keep: fc.oneof({ weight: 3, arbitrary: fc.constant(original.length) }, fc.nat(original.length)),
      append: fc.oneof({ weight: 3, arbitrary: fc.constant(new Uint8Array(0)) }, fc.uint8Array({ maxLength: 40 })),
    })
    .map(({ overwrite, keep, append }) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of overwrite) bytes[at] = value;
      return Buffer.concat([bytes.subarray(0, keep), append]);
    });

/** A valid file damaged before or after compression, plain random bytes, or, for CSV, random lines. */
const anyFile = (format: UploadFormat, original: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    damaged(original),
    damaged(original).map((bytes) => gzipSync(bytes)),
    damaged(gzipSync(original)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    ...(format === 'csv' ? [fc.array(fc.constantFrom('1', ',', '"', '\n', '\r', '-', 'e', '.', 'x', ' ', '\0', 'é'), { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))] : []),
  );

it.each(['idx', 'cifar10', 'csv'] as const)('%s: any bytes either import to a data set that opens or give a registered error', async (format) => {
  const options = uploadOptions.parse({ name: 'fuzzed', format, split: { testFraction: 0 } });
  const files = fc.tuple(...VALID[format].map(([role, original]) => fc.tuple(fc.constant(role), anyFile(format, original), fc.integer({ min: Math.ceil(original.length / 100), max: original.length }))));
  await fc.assert(
    fc.asyncProperty(files, async (parts) => {
      const given: DatasetFile[] = parts.map(([role, bytes, chunk]) => datasetFile(role, bytes, chunk));
      try {
        const descriptor = await importDataset(options, given, folder, LIMITS);
        const split = (await openDataset(folder)).split('train');
        expect(split.count).toBe(descriptor.splits.train!.count);
        const [low, high] = descriptor.bounds;
        expect(split.batch([0, split.count - 1]).examples.every((value) => value >= low && value <= high)).toBe(true);
        await rm(folder, { recursive: true });
      } catch (error) {
        expect(error).toBeInstanceOf(RampartError);
        expect((error as RampartError).status).toBeLessThan(500);
        expect(await readdir(folder)).toEqual([]);
      }
    }),
    { numRuns: 250, seed: 20261124 },
  );
});

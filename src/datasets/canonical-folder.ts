import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import type { Shape } from '../compiler/tensors.js';
import { SPLITS, type DatasetDescriptor, type SplitDescriptor, type SplitName } from './dataset.js';
import { histogram } from './split-assignment.js';

/** Paths of the files of a stored data set. */
export const descriptorPath = (folder: string): string => join(folder, 'descriptor.json');
export const examplesPath = (folder: string, split: SplitName): string => join(folder, `${split}.examples.bin`);
export const labelsPath = (folder: string, split: SplitName): string => join(folder, `${split}.labels.bin`);
/** Holds the training source while it is being split; never part of a finished data set. */
export const stagingPath = (folder: string): string => join(folder, 'staging.bin');

/** Bytes of one stored example. */
export const exampleBytes = ({ exampleShape, storage }: { readonly exampleShape: Shape; readonly storage: DatasetDescriptor['storage'] }): number =>
  exampleShape.reduce((size, length) => size * length, storage === 'uint8' ? 1 : 4);

/** Everything of a descriptor that is not counted or hashed from the files. */
export type DatasetFacts = Omit<DatasetDescriptor, 'formatVersion' | 'splits' | 'digest'>;

/** Swaps the bytes of elements of `size` bytes in place on big-endian machines: stored files are little-endian. */
export function toLittleEndian(bytes: Buffer, size: 1 | 2 | 4): Buffer {
  if (endianness() === 'LE' || size === 1) return bytes;
  return size === 2 ? bytes.swap16() : bytes.swap32();
}

/** Runs `write` on `folder` (made if missing); on failure, whatever it wrote there is removed. */
export async function writingFolder(folder: string, write: () => Promise<DatasetDescriptor>): Promise<DatasetDescriptor> {
  await mkdir(folder, { recursive: true });
  try {
    return await write();
  } catch (error) {
    const written = [descriptorPath(folder), stagingPath(folder), ...SPLITS.flatMap((split) => [examplesPath(folder, split), labelsPath(folder, split)])];
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Completes a folder whose `<split>.examples.bin` are written: label files, counts, digest, `descriptor.json`. */
export async function finishFolder(
  folder: string, facts: DatasetFacts, labels: ReadonlyMap<SplitName, Uint16Array>,
): Promise<DatasetDescriptor> {
  const hash = createHash('sha256');
  const splits: Partial<Record<SplitName, SplitDescriptor>> = {};
  for (const split of SPLITS) {
    const splitLabels = labels.get(split);
    if (splitLabels === undefined) continue;
    await writeFile(labelsPath(folder, split), toLittleEndian(Buffer.from(splitLabels.slice().buffer), 2));
    splits[split] = { count: splitLabels.length, histogram: histogram(splitLabels, facts.classes.length) };
    await hashFile(hash, examplesPath(folder, split));
    await hashFile(hash, labelsPath(folder, split));
  }
  const { name, kind, exampleShape, storage, bounds, classes } = facts;
  const descriptor: DatasetDescriptor = {
    formatVersion: 1, name, kind, exampleShape, storage, bounds, classes, splits, digest: hash.digest('hex'),
  };
  await writeFile(descriptorPath(folder), `${JSON.stringify(descriptor, null, 2)}\n`);
  return descriptor;
}

async function hashFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) hash.update(chunk);
}

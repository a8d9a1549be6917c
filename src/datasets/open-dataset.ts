import { createHash, type Hash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DATASET_DAMAGED, SPLIT_NOT_FOUND } from '../errors/datasets.errors.js';
import { descriptorPath, exampleBytes, examplesPath, labelsPath, toLittleEndian } from './canonical-folder.js';
import { SPLITS, type Batch, type Dataset, type DatasetDescriptor, type DatasetSplit, type SplitName } from './dataset.js';
import { datasetName } from './dataset.options.js';

const splitDescriptor = z.object({ count: z.int().min(1), histogram: z.array(z.int().min(0)) });

/** The schema of `descriptor.json`. */
export const datasetDescriptor = z.object({
  formatVersion: z.literal(1),
  name: datasetName,
  kind: z.enum(['image', 'tabular']),
  exampleShape: z.array(z.int().min(1)).min(1).max(3),
  storage: z.enum(['uint8', 'float32']),
  bounds: z.tuple([z.number(), z.number()]),
  classes: z.array(z.string()).min(2),
  splits: z.object({ train: splitDescriptor, validation: splitDescriptor.optional(), test: splitDescriptor.optional() }),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Reads and checks `descriptor.json`. @throws dataset-damaged */
export async function readDescriptor(folder: string): Promise<DatasetDescriptor> {
  const text = await readFile(descriptorPath(folder), 'utf8').catch(() => undefined);
  if (text === undefined) throw DATASET_DAMAGED('descriptor.json', 'it cannot be read');
  const parsed = datasetDescriptor.safeParse(parseJson(text));
  if (!parsed.success) throw DATASET_DAMAGED('descriptor.json', z.prettifyError(parsed.error));
  for (const [split, { count, histogram }] of Object.entries(parsed.data.splits)) {
    if (histogram.length !== parsed.data.classes.length || histogram.reduce((a, b) => a + b, 0) !== count) {
      throw DATASET_DAMAGED('descriptor.json', `the histogram of ${split} does not fit its count and the classes`);
    }
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a whole file of known size into memory of its own. @throws dataset-damaged */
async function readExactly(path: string, part: string, bytes: number, hash: Hash): Promise<Buffer> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) throw DATASET_DAMAGED(part, 'it cannot be read');
  try {
    const { size } = await handle.stat();
    if (size !== bytes) throw DATASET_DAMAGED(part, `it has ${size} bytes instead of ${bytes}`);
    const buffer = Buffer.from(new ArrayBuffer(bytes));
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(buffer, at, Math.min(bytes - at, 2 ** 26), at);
      if (bytesRead === 0) throw DATASET_DAMAGED(part, `it ends at byte ${at}`);
      hash.update(buffer.subarray(at, at + bytesRead));
      at += bytesRead;
    }
    return buffer;
  } finally {
    await handle.close();
  }
}

/** uint8 pixel to float32 in [0, 1]: value / 255. */
const PIXEL_VALUES = Float32Array.from({ length: 256 }, (_, i) => i / 255);

class StoredSplit implements DatasetSplit {
  readonly count: number;
  private readonly size: number;

  constructor(
    private readonly examples: Uint8Array | Float32Array,
    readonly labels: Uint16Array,
  ) {
    this.count = labels.length;
    this.size = examples.length / labels.length;
  }

  batch(indices: ArrayLike<number>, into?: Batch): Batch {
    const size = indices.length;
    const fits = into !== undefined && into.examples.length === size * this.size && into.labels.length === size;
    const batch = fits ? { ...into, size } : { examples: new Float32Array(size * this.size), labels: new Int32Array(size), size };
    for (let i = 0; i < size; i++) {
      const index = indices[i]!;
      if (!(index >= 0 && index < this.count)) throw new Error(`internal: example ${index} of a split with ${this.count}`);
      batch.labels[i] = this.labels[index]!;
      this.copy(index, batch.examples, i * this.size);
    }
    return batch;
  }

  private copy(index: number, target: Float32Array, at: number): void {
    const { examples, size } = this;
    const start = index * size;
    if (examples instanceof Float32Array) target.set(examples.subarray(start, start + size), at);
    else for (let j = 0; j < size; j++) target[at + j] = PIXEL_VALUES[examples[start + j]!]!;
  }
}

/**
 * Opens a stored data set: all splits come into memory in their storage type (47 MB for 60,000 images of 28 x 28).
 * Sizes, labels and the digest are checked.
 * @throws dataset-damaged, which names the part; split-not-found from `split()`.
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const descriptor = await readDescriptor(folder);
  const hash = createHash('sha256');
  const splits = new Map<SplitName, DatasetSplit>();
  for (const split of SPLITS) {
    const stored = descriptor.splits[split];
    if (stored !== undefined) splits.set(split, await openSplit(folder, split, descriptor, stored.count, hash));
  }
  if (hash.digest('hex') !== descriptor.digest) throw DATASET_DAMAGED('The content', 'its SHA-256 is not the digest of the descriptor');
  return {
    descriptor,
    split(name) {
      const split = splits.get(name);
      if (split === undefined) throw SPLIT_NOT_FOUND(descriptor.name, name, [...splits.keys()]);
      return split;
    },
  };
}

async function openSplit(folder: string, split: SplitName, descriptor: DatasetDescriptor, count: number, hash: Hash): Promise<StoredSplit> {
  const bytes = await readExactly(examplesPath(folder, split), `${split}.examples.bin`, count * exampleBytes(descriptor), hash);
  const labelBytes = await readExactly(labelsPath(folder, split), `${split}.labels.bin`, count * 2, hash);
  const isFloat = descriptor.storage === 'float32';
  const { buffer } = toLittleEndian(bytes, isFloat ? 4 : 1);
  const labels = new Uint16Array(toLittleEndian(labelBytes, 2).buffer);
  const outside = labels.findIndex((label) => label >= descriptor.classes.length);
  if (outside >= 0) throw DATASET_DAMAGED(`${split}.labels.bin`, `label ${labels[outside]} of example ${outside} is no class`);
  return new StoredSplit(isFloat ? new Float32Array(buffer) : new Uint8Array(buffer), labels);
}

import { Key } from '../compiler/random/index.js';
import type { BuiltInSet } from './built-in/built-in-set.js';
import { gaussianBlobs } from './built-in/gaussian-blobs.js';
import { glyphs } from './built-in/glyphs.js';
import { twoSpirals } from './built-in/two-spirals.js';
import { examplesPath, finishFolder, toLittleEndian, writingFolder } from './canonical-folder.js';
import type { BuiltInOptions } from './dataset.options.js';
import { SPLITS, type DatasetDescriptor, type SplitName } from './dataset.js';
import { ExampleFile } from './example-file.js';

/** Examples drawn between two writes, so that a large set does not hold the event loop. */
const CHUNK = 128;

function builtInSet(options: BuiltInOptions): BuiltInSet {
  switch (options.builtIn) {
    case 'glyphs':
      return glyphs(options);
    case 'two-spirals':
      return twoSpirals(options);
    case 'gaussian-blobs':
      return gaussianBlobs(options);
  }
}

/** Makes a built-in data set in `folder` in canonical form; the same options give the same bytes and digest. */
export async function createBuiltIn(options: BuiltInOptions, folder: string): Promise<DatasetDescriptor> {
  const set = builtInSet(options);
  const counts: Readonly<Record<SplitName, number>> = {
    train: options.trainCount, validation: options.validationCount, test: options.testCount,
  };
  return writingFolder(folder, async () => {
    const labels = new Map<SplitName, Uint16Array>();
    for (const split of SPLITS) {
      if (counts[split] === 0) continue;
      const key = Key.from(options.seed).fold(options.builtIn).fold(split);
      labels.set(split, await ExampleFile.with(examplesPath(folder, split), (file) => drawSplit(set, key, counts[split], file)));
    }
    return finishFolder(folder, { name: options.name, ...set.facts }, labels);
  });
}

/** Writes examples 0 ... count - 1 to `file` and returns their labels. */
async function drawSplit(set: BuiltInSet, key: Key, count: number, file: ExampleFile): Promise<Uint16Array> {
  const { exampleShape, storage } = set.facts;
  const size = exampleShape.reduce((product, length) => product * length, 1);
  const rows = storage === 'uint8' ? new Uint8Array(CHUNK * size) : new Float32Array(CHUNK * size);
  const bytesPerExample = rows.BYTES_PER_ELEMENT * size;
  const labels = new Uint16Array(count);
  for (let first = 0; first < count; first += CHUNK) {
    const drawn = Math.min(CHUNK, count - first);
    for (let i = 0; i < drawn; i++) {
      labels[first + i] = set.draw(key.fold(first + i), first + i, rows.subarray(i * size, (i + 1) * size));
    }
    const bytes = Buffer.from(rows.slice().buffer, 0, drawn * bytesPerExample);
    await file.append(toLittleEndian(bytes, storage === 'uint8' ? 1 : 4));
    await new Promise(setImmediate);
  }
  return labels;
}

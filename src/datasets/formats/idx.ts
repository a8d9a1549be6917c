import {
  IDX_DIMENSIONS, LABEL_COUNT_MISMATCH, LABEL_OUT_OF_RANGE, TOO_MANY_EXAMPLES, TOO_MANY_FEATURES, TRUNCATED_FILE, WRONG_MAGIC,
} from '../../errors/datasets.errors.js';
import type { ExampleFile } from '../example-file.js';
import type { DatasetFile } from '../file-roles.js';
import type { DatasetLimits } from '../limits.js';
import { withReader, type ByteReader } from './byte-source.js';
import type { SourceExamples } from './examples.js';

/** IDX: two zero bytes, element type, rank, then one big-endian uint32 per dimension, then the elements, row-major. */
const UNSIGNED_BYTE = 0x08;
const CHUNK_BYTES = 256 * 1024;

/** Reads a header of unsigned bytes whose rank is one of `ranks`. @throws wrong-magic-number, truncated-file */
async function readHeader(reader: ByteReader, ranks: readonly number[]): Promise<number[]> {
  const magic = await reader.take(4, 'the 4-byte magic number');
  const rank = magic[3]!;
  if (magic[0] !== 0 || magic[1] !== 0 || magic[2] !== UNSIGNED_BYTE || !ranks.includes(rank)) {
    const accepted = ranks.map((r) => `0000080${r}`).join(' or ');
    throw WRONG_MAGIC(reader.name, magic.toString('hex'), `the IDX magic number ${accepted} (unsigned bytes, ${ranks.join(' or ')} dimensions)`);
  }
  const dimensions = await reader.take(4 * rank, `a header of ${rank} dimensions`);
  return Array.from({ length: rank }, (_, i) => dimensions.readUInt32BE(4 * i));
}

function checkCount(name: string, dimensions: readonly number[], limits: DatasetLimits): number {
  const count = dimensions[0]!;
  if (count === 0) throw IDX_DIMENSIONS(name, dimensions, 'at least one example');
  if (count > limits.maxExamples) throw TOO_MANY_EXAMPLES(name, count, limits.maxExamples);
  return count;
}

async function readLabels(reader: ByteReader, classCount: number | undefined, limits: DatasetLimits): Promise<Uint16Array> {
  const count = checkCount(reader.name, await readHeader(reader, [1]), limits);
  const bytes = new Uint8Array(count);
  const found = await reader.fill(bytes);
  if (found < count) throw TRUNCATED_FILE(reader.name, reader.offset, `a label for each of ${count} examples (${count - found} more)`);
  await reader.expectEnd();
  const row = bytes.findIndex((label) => label >= (classCount ?? Infinity));
  if (row >= 0) throw LABEL_OUT_OF_RANGE(reader.name, row, String(bytes[row]), `0 to ${classCount! - 1}`);
  return Uint16Array.from(bytes);
}

/** [height, width, channels] of an image file with these dimensions; its product is at most `maxFeatures`. */
function imageShape(name: string, dimensions: readonly number[], limits: DatasetLimits): [number, number, number] {
  const [, height, width, channels] = [...dimensions, 1] as [number, number, number, number];
  if (height === 0 || width === 0 || (channels !== 1 && channels !== 3)) {
    throw IDX_DIMENSIONS(name, dimensions, '[count, height, width] or [count, height, width, channels] with 1 or 3 channels');
  }
  const values = height * width * channels; // below 2^66: too large to be exact, not too large to be compared
  if (values > limits.maxFeatures) throw TOO_MANY_FEATURES(name, values, limits.maxFeatures);
  return [height, width, channels];
}

/**
 * Streams an IDX image file to `target` and its labels to memory (one byte each).
 * @param classCount number of declared classes; undefined if the labels decide.
 */
export async function readIdx(
  images: DatasetFile, labels: DatasetFile, classCount: number | undefined, target: ExampleFile, limits: DatasetLimits,
): Promise<SourceExamples> {
  const classIndices = await withReader(labels, limits, (reader) => readLabels(reader, classCount, limits));
  const exampleShape = await withReader(images, limits, async (reader) => {
    const dimensions = await readHeader(reader, [3, 4]);
    const count = checkCount(reader.name, dimensions, limits);
    const shape = imageShape(reader.name, dimensions, limits);
    if (count !== classIndices.length) throw LABEL_COUNT_MISMATCH(images.name, count, labels.name, classIndices.length);
    for (let missing = count * shape[0] * shape[1] * shape[2]; missing > 0; ) {
      const chunk = await reader.next(Math.min(missing, CHUNK_BYTES));
      if (chunk === undefined) throw TRUNCATED_FILE(reader.name, reader.offset, `${missing} more bytes of ${count} images ${shape.join(' x ')}`);
      await target.append(chunk);
      missing -= chunk.length;
    }
    await reader.expectEnd();
    return shape;
  });
  return { kind: 'image', exampleShape, storage: 'uint8', labels: classIndices, range: [0, 1] };
}

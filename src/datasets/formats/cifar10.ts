import { LABEL_OUT_OF_RANGE, TOO_MANY_EXAMPLES, TRUNCATED_FILE } from '../../errors/datasets.errors.js';
import type { ExampleFile } from '../example-file.js';
import type { DatasetFile } from '../file-roles.js';
import type { DatasetLimits } from '../limits.js';
import { withReader, type ByteReader } from './byte-source.js';
import type { SourceExamples } from './examples.js';
import { LabelList } from './label-list.js';

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
const PIXELS = CHANNELS * PLANE;
/** One label byte, then the red, green and blue planes. */
const RECORD_BYTES = 1 + PIXELS;

export const CIFAR10_CLASSES: readonly string[] = [
  'airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck',
];

/** Planes [channel, row, column] to pixels [row, column, channel]. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    for (let i = 0; i < PLANE; i++) pixels[CHANNELS * i + channel] = planes[PLANE * channel + i]!;
  }
}

async function readRecords(reader: ByteReader, labels: LabelList, target: ExampleFile, limits: DatasetLimits): Promise<void> {
  const record = new Uint8Array(RECORD_BYTES);
  const pixels = new Uint8Array(PIXELS);
  for (let row = 0; ; row++) {
    const found = await reader.fill(record);
    if (found === 0) return;
    if (found < RECORD_BYTES) throw TRUNCATED_FILE(reader.name, reader.offset, `record ${row} of ${RECORD_BYTES} bytes (${RECORD_BYTES - found} more)`);
    const label = record[0]!;
    if (label >= CIFAR10_CLASSES.length) throw LABEL_OUT_OF_RANGE(reader.name, row, String(label), `0 to ${CIFAR10_CLASSES.length - 1}`);
    if (labels.length >= limits.maxExamples) throw TOO_MANY_EXAMPLES(reader.name, labels.length + 1, limits.maxExamples);
    labels.push(label);
    interleave(record.subarray(1), pixels);
    await target.append(pixels);
  }
}

/** Streams CIFAR-10 binary files, one after the other, to `target` as [32, 32, 3] images. */
export async function readCifar10(files: readonly DatasetFile[], target: ExampleFile, limits: DatasetLimits): Promise<SourceExamples> {
  const labels = new LabelList();
  for (const file of files) await withReader(file, limits, (reader) => readRecords(reader, labels, target, limits));
  return { kind: 'image', exampleShape: [SIDE, SIDE, CHANNELS], storage: 'uint8', labels: labels.toArray(), range: [0, 1] };
}

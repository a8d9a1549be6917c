import { open, readFile } from 'node:fs/promises';
import { SPLIT_NOT_FOUND } from '../errors/datasets.errors.js';
import { exampleBytes, examplesPath, labelsPath, toLittleEndian } from './canonical-folder.js';
import type { DatasetDescriptor, SplitName } from './dataset.js';
import { encodeImageGrid, type ImageShape } from './image-grid.js';
import { readDescriptor } from './open-dataset.js';
import { scatterPlot } from './scatter-plot.js';

export interface PreviewOptions {
  readonly split?: SplitName;
  /** Examples per class. Default 10 for images, 100 for tables. */
  readonly columns?: number;
}

export interface DatasetPreview {
  readonly png: Buffer;
  readonly split: SplitName;
  /** Names of the classes drawn; of an image grid, row by row. */
  readonly classes: readonly string[];
  readonly columns: number;
}

const MAX_CLASSES = 50;
const MAX_PIXELS = 8_000_000;
const TARGET_HEIGHT = 56;

/**
 * A picture of a stored data set that reads only what it shows: for images a grid with one row per class; for tables a
 * scatter plot of the first two features (of the only feature over the class) over the data set's bounds.
 * @throws split-not-found, dataset-damaged
 */
export async function previewDataset(folder: string, options: PreviewOptions = {}): Promise<DatasetPreview> {
  const descriptor = await readDescriptor(folder);
  const split = options.split ?? 'train';
  if (descriptor.splits[split] === undefined) throw SPLIT_NOT_FOUND(descriptor.name, split, Object.keys(descriptor.splits));
  const columns = options.columns ?? (descriptor.kind === 'image' ? 10 : 100);
  const classes = descriptor.classes.slice(0, drawnClasses(descriptor, columns));
  const rows = await readRows(folder, split, descriptor, await firstOfEachClass(folder, split, classes.length, columns));
  const png = descriptor.kind === 'image' ? await grid(descriptor, rows, columns) : await scatter(descriptor, rows);
  return { png, split, classes, columns };
}

/** At most 50 classes, and for images no more than 8 million pixels. */
function drawnClasses({ kind, exampleShape }: DatasetDescriptor, columns: number): number {
  const pixels = kind === 'image' ? columns * exampleShape[0]! * exampleShape[1]! : 1;
  return Math.max(1, Math.min(MAX_CLASSES, Math.floor(MAX_PIXELS / pixels)));
}

/** [class][column] indices of examples; undefined where a class has fewer. */
async function firstOfEachClass(folder: string, split: SplitName, classCount: number, columns: number): Promise<(number | undefined)[][]> {
  const bytes = await readFile(labelsPath(folder, split));
  const found = Array.from({ length: classCount }, () => new Array<number | undefined>(columns).fill(undefined));
  const filled = new Array<number>(classCount).fill(0);
  let missing = classCount * columns;
  for (let i = 0; i < bytes.length / 2 && missing > 0; i++) {
    const label = bytes.readUInt16LE(2 * i);
    if (label >= classCount || filled[label]! === columns) continue;
    found[label]![filled[label]!++] = i;
    missing -= 1;
  }
  return found;
}

type Row = Uint8Array | Float32Array | undefined;

async function readRows(
  folder: string, split: SplitName, descriptor: DatasetDescriptor, indices: readonly (readonly (number | undefined)[])[],
): Promise<Row[][]> {
  const size = exampleBytes(descriptor);
  const handle = await open(examplesPath(folder, split), 'r');
  const readRow = async (index: number | undefined): Promise<Row> => {
    if (index === undefined) return undefined;
    const bytes = Buffer.from(new ArrayBuffer(size));
    await handle.read(bytes, 0, size, index * size);
    return descriptor.storage === 'uint8' ? bytes : new Float32Array(toLittleEndian(bytes, 4).buffer);
  };
  try {
    const rows: Row[][] = [];
    for (const row of indices) rows.push(await Promise.all(row.map(readRow)));
    return rows;
  } finally {
    await handle.close();
  }
}

function grid({ exampleShape }: DatasetDescriptor, rows: readonly Row[][], columns: number): Promise<Buffer> {
  const shape = exampleShape as ImageShape; // images about 56 pixels high
  return encodeImageGrid(rows.flat(), shape, { columns, scale: Math.max(1, Math.round(TARGET_HEIGHT / shape[0])) });
}

function scatter({ bounds, exampleShape, classes }: DatasetDescriptor, rows: readonly Row[][]): Promise<Buffer> {
  const [low, high] = bounds;
  const points = rows.flatMap((row, label) =>
    row.flatMap((values) => {
      if (values === undefined) return [];
      const y = exampleShape[0] === 1 ? low + ((label + 0.5) / classes.length) * (high - low) : values[1]!;
      return [{ x: values[0]!, y, label }];
    }),
  );
  return scatterPlot(points, bounds);
}

import {
  CSV_NO_FEATURES, CSV_ROW_LENGTH, CSV_VALUE, CSV_VALUE_RANGE, EMPTY_FILE, IMAGE_SHAPE_MISMATCH, LABEL_COLUMN_MISSING,
  TOO_MANY_EXAMPLES, TOO_MANY_FEATURES,
} from '../../errors/datasets.errors.js';
import type { CsvUpload } from '../dataset.options.js';
import type { ExampleFile } from '../example-file.js';
import type { DatasetFile } from '../file-roles.js';
import type { DatasetLimits } from '../limits.js';
import type { ClassIndex } from './class-index.js';
import { csvRecords, type CsvRecord } from './csv-records.js';
import type { SourceExamples } from './examples.js';
import { LabelList } from './label-list.js';

const PIXEL_RANGE = [0, 255] as const;

/** Decimal notation only: `Number` would also take '', '0x1f' and 'Infinity'. */
function parseNumber(text: string): number {
  return /^\s*$|[xobXOB]/.test(text) ? NaN : Number(text);
}

/** Where a file's columns are. */
interface Layout {
  readonly columnCount: number;
  readonly labelAt: number;
  readonly names: readonly string[] | undefined;
}

/** The position of the label column in the first line. @throws label-column-missing */
function labelPosition(file: string, options: CsvUpload, first: readonly string[]): number {
  const { labelColumn } = options;
  const at =
    typeof labelColumn === 'string'
      ? options.header === false ? -1 : first.findIndex((name) => name.trim() === labelColumn)
      : labelColumn < 0 ? first.length + labelColumn : labelColumn;
  if (at >= 0 && at < first.length) return at;
  const accepted = typeof labelColumn === 'string'
    ? `one of its header line: ${first.slice(0, 20).map((name) => `'${name.trim().slice(0, 40)}'`).join(', ')}`
    : `${-first.length} to ${first.length - 1}`;
  throw LABEL_COLUMN_MISSING(file, labelColumn, accepted);
}

/** Reads the layout off a file's first line. */
function layoutOf(file: string, options: CsvUpload, first: readonly string[], limits: DatasetLimits): Layout {
  if (first.length < 2) throw CSV_NO_FEATURES(file, options.delimiter);
  const labelAt = labelPosition(file, options, first);
  const features = first.length - 1;
  if (features > limits.maxFeatures) throw TOO_MANY_FEATURES(file, features, limits.maxFeatures);
  const shape = options.imageShape;
  if (shape !== undefined && shape[0] * shape[1] * shape[2] !== features) throw IMAGE_SHAPE_MISMATCH(file, features, shape);
  const namesColumns =
    options.header === 'auto'
      ? typeof options.labelColumn === 'string' || !first.some((field, i) => i !== labelAt && Number.isFinite(parseNumber(field)))
      : options.header;
  return { columnCount: first.length, labelAt, names: namesColumns ? first : undefined };
}

/** Turns rows into stored examples and remembers what it saw. */
class RowEncoder {
  readonly labels = new LabelList();
  readonly storage: 'uint8' | 'float32';
  private row: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> = new Uint8Array(0);
  private bytes = new Uint8Array(0);
  private low = Infinity;
  private high = -Infinity;
  private readonly declared: readonly [number, number] | undefined;

  constructor(private readonly options: CsvUpload) {
    const isImage = options.imageShape !== undefined;
    this.declared = options.valueRange ?? (isImage ? PIXEL_RANGE : undefined);
    const isPixel = isImage && this.declared![0] === PIXEL_RANGE[0] && this.declared![1] === PIXEL_RANGE[1];
    this.storage = isImage ? (options.storage ?? (isPixel ? 'uint8' : 'float32')) : 'float32';
  }

  /** Range of the values that programs see: images are scaled to [0, 1]. */
  get range(): readonly [number, number] {
    if (this.options.imageShape !== undefined) return [0, 1];
    return this.declared === undefined ? [this.low, this.high] : [Math.fround(this.declared[0]), Math.fround(this.declared[1])];
  }

  /** The bytes of one example; they are overwritten by the next call. */
  encode(file: string, record: CsvRecord, layout: Layout): Uint8Array {
    const features = layout.columnCount - 1;
    if (this.row.length !== features) {
      this.row = this.storage === 'uint8' ? new Uint8Array(features) : new Float32Array(features);
      this.bytes = new Uint8Array(this.row.buffer);
    }
    for (let column = 0, at = 0; column < layout.columnCount; column++) {
      if (column === layout.labelAt) continue;
      const value = this.value(file, record, column, layout);
      this.row[at++] = this.storage === 'uint8' ? Math.round(255 * value) : value;
    }
    return this.bytes;
  }

  private value(file: string, { fields, line }: CsvRecord, column: number, { names }: Layout): number {
    const text = fields[column]!;
    const value = parseNumber(text);
    const name = (): string => (names === undefined ? String(column + 1) : `${column + 1} ('${names[column]!.trim().slice(0, 40)}')`);
    if (!Number.isFinite(Math.fround(value))) throw CSV_VALUE(file, line, name(), text);
    if (this.declared !== undefined && (value < this.declared[0] || value > this.declared[1])) {
      throw CSV_VALUE_RANGE(file, line, name(), value, this.declared);
    }
    if (this.options.imageShape !== undefined) return (value - this.declared![0]) / (this.declared![1] - this.declared![0]);
    const stored = Math.fround(value);
    if (stored < this.low) this.low = stored;
    if (stored > this.high) this.high = stored;
    return stored;
  }
}

/** Streams CSV files, one after the other, to `target`: one example per line. */
export async function readCsv(
  options: CsvUpload, files: readonly DatasetFile[], classes: ClassIndex, target: ExampleFile, limits: DatasetLimits,
): Promise<SourceExamples> {
  const encoder = new RowEncoder(options);
  let columnCount: number | undefined;
  for (const file of files) {
    const before = encoder.labels.length;
    let layout: Layout | undefined;
    for await (const record of csvRecords(file, options.delimiter, limits)) {
      const { fields, line } = record;
      if (fields.length !== (columnCount ?? fields.length)) throw CSV_ROW_LENGTH(file.name, line, fields.length, columnCount!);
      columnCount = fields.length;
      if (layout === undefined) {
        layout = layoutOf(file.name, options, fields, limits);
        if (layout.names !== undefined) continue;
      }
      if (encoder.labels.length >= limits.maxExamples) throw TOO_MANY_EXAMPLES(file.name, encoder.labels.length + 1, limits.maxExamples);
      await target.append(encoder.encode(file.name, record, layout));
      encoder.labels.push(classes.of(fields[layout.labelAt]!.trim(), file.name, line));
    }
    if (encoder.labels.length === before) throw EMPTY_FILE(file.name);
  }
  const features = (columnCount ?? 1) - 1;
  return {
    kind: options.imageShape === undefined ? 'tabular' : 'image',
    exampleShape: options.imageShape ?? [features],
    storage: encoder.storage,
    labels: encoder.labels.toArray(),
    range: encoder.range,
  };
}

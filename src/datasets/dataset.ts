import type { Shape } from '../compiler/tensors.js';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof SPLITS)[number];

/** What is known of a stored data set; saved as `descriptor.json` beside the split files. */
export interface DatasetDescriptor {
  readonly formatVersion: 1;
  readonly name: string;
  readonly kind: 'image' | 'tabular';
  /** Shape of one example: [height, width, channels] for images (NHWC), [features] for tables. */
  readonly exampleShape: Shape;
  /** Storage type of examples. `uint8` pixels are served to programs as value / 255 in [0, 1]. */
  readonly storage: 'uint8' | 'float32';
  /** Range of the values that programs see; attacks stay inside it. Images: [0, 1]. */
  readonly bounds: readonly [number, number];
  readonly classes: readonly string[];
  readonly splits: Readonly<Partial<Record<SplitName, SplitDescriptor>>>;
  /** SHA-256 over the canonical split files in the order train, validation, test (examples, then labels). */
  readonly digest: string;
}

/** One split: `<split>.examples.bin` (storage type, row-major) and `<split>.labels.bin` (uint16 little-endian). */
export interface SplitDescriptor {
  readonly count: number;
  /** Number of examples of each class, in the order of `classes`. */
  readonly histogram: readonly number[];
}

/** A batch as programs take it. */
export interface Batch {
  /** [size, ...exampleShape] float32 within `bounds`. */
  readonly examples: Float32Array;
  /** [size] class indices. */
  readonly labels: Int32Array;
  readonly size: number;
}

export interface DatasetSplit {
  readonly count: number;
  readonly labels: Uint16Array;
  /** Gathers rows by index; buffers given in `into` are reused when their size fits. */
  batch(indices: ArrayLike<number>, into?: Batch): Batch;
}

/** A data set opened from a folder with the files above. */
export interface Dataset {
  readonly descriptor: DatasetDescriptor;
  split(name: SplitName): DatasetSplit;
}

import { Key, normal } from '../../compiler/random/index.js';
import type { Batch, Dataset, DatasetSplit, SplitName } from '../../datasets/dataset.js';

class MemorySplit implements DatasetSplit {
  readonly count: number;
  constructor(private readonly rows: readonly Float32Array[], readonly labels: Uint16Array) {
    this.count = rows.length;
  }

  batch(indices: ArrayLike<number>): Batch {
    const chosen = Array.from(indices);
    return {
      examples: Float32Array.from(chosen.flatMap((i) => Array.from(this.rows[i]!))),
      labels: Int32Array.from(chosen, (i) => this.labels[i]!),
      size: chosen.length,
    };
  }
}

/** Separable classes: class c has a bright entry c (of `shape`), plus noise; deterministic. */
export function separableDataset(shape: readonly number[], classes: number, counts: Partial<Record<SplitName, number>>): Dataset {
  const size = shape.reduce((a, b) => a * b, 1);
  const splits = new Map<SplitName, MemorySplit>();
  for (const [name, count] of Object.entries(counts) as [SplitName, number][]) {
    const labels = Uint16Array.from({ length: count }, (_, i) => i % classes);
    const rows = Array.from(labels, (label, i) =>
      normal(Key.from(name).fold(i), size).map((z, j) => Math.min(1, Math.max(0, 0.3 + 0.1 * z + (j === label ? 0.5 : 0)))));
    splits.set(name, new MemorySplit(rows, labels));
  }
  const descriptor: Dataset['descriptor'] = {
    formatVersion: 1, name: 'separable', kind: shape.length === 3 ? 'image' : 'tabular', exampleShape: shape, storage: 'float32', bounds: [0, 1],
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    splits: Object.fromEntries([...splits].map(([name, { count }]) => [name, { count, histogram: [] }])),
    digest: 'a'.repeat(64),
  };
  return { descriptor, split: (name) => splits.get(name)! };
}

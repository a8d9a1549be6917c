import type { HostTensor } from '../../compiler/tensors.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { encodeImageGrid, type ImageShape } from '../../datasets/image-grid.js';
import { scatterPlot } from '../../datasets/scatter-plot.js';

/** Rows and columns of the grid. */
const SIDE = 8;
export const SAMPLE_COUNT = SIDE * SIDE;
const TARGET_HEIGHT = 56;

/** [count, ...] -> its rows. */
const rowsOf = ({ data, shape: [count] }: HostTensor): Float32Array[] => {
  const length = data.length / count!;
  return Array.from({ length: count! }, (_, i) => (data as Float32Array).subarray(i * length, (i + 1) * length));
};

/** Samples as a PNG: a grid of images, or a scatter plot of the first two features (of the only one over 0). */
export function samplePicture({ kind, exampleShape, bounds }: DatasetDescriptor, samples: HostTensor, labels: Int32Array): Promise<Buffer> {
  const rows = rowsOf(samples);
  if (kind !== 'image') return scatterPlot(rows.map((row, i) => ({ x: row[0]!, y: row[1] ?? 0, label: labels[i]! })), bounds);
  const shape = exampleShape as ImageShape;
  return encodeImageGrid(rows, shape, { columns: SIDE, scale: Math.max(1, Math.round(TARGET_HEIGHT / shape[0])) });
}

/** Root of the mean over all values of their variance over the examples: how much a set of examples [count, ...] differs. */
export function diversity({ data, shape: [count] }: Pick<HostTensor, 'data' | 'shape'>): number {
  const length = data.length / count!;
  let total = 0;
  for (let j = 0; j < length; j++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < count!; i++) {
      const value = data[i * length + j]!;
      sum += value;
      squares += value * value;
    }
    total += Math.max(0, squares / count! - (sum / count!) ** 2);
  }
  return Math.sqrt(total / length);
}

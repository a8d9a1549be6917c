import type { Dataset } from '../datasets/dataset.js';
import type { InputNormalisation } from '../networks/index.js';

const SAMPLE = 10_000;
/** Below this a channel counts as constant and is not scaled. */
const SMALLEST_DEVIATION = 1e-4;
const CHUNK = 500;

/** Short numbers: they go into the manifest. */
const rounded = (value: number): number => Number(value.toPrecision(6));

/** Mean and standard deviation for each entry of the last axis, over up to 10,000 evenly spaced training examples. */
export function measureNormalisation(dataset: Dataset): InputNormalisation {
  const split = dataset.split('train');
  const channels = dataset.descriptor.exampleShape.at(-1)!;
  const sampled = Math.min(SAMPLE, split.count);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let values = 0;
  for (let start = 0; start < sampled; start += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, sampled - start) }, (_, i) => Math.floor(((start + i) * split.count) / sampled));
    const { examples } = split.batch(rows);
    for (let i = 0; i < examples.length; i++) {
      sums[i % channels]! += examples[i]!;
      squares[i % channels]! += examples[i]! ** 2;
    }
    values += examples.length / channels;
  }
  const mean = Array.from(sums, (sum) => sum / values);
  const deviations = Array.from(squares, (square, c) => Math.sqrt(Math.max(0, square / values - mean[c]! ** 2)));
  return {
    mean: mean.map(rounded),
    standardDeviation: deviations.map((deviation) => (deviation < SMALLEST_DEVIATION ? 1 : rounded(deviation))),
  };
}

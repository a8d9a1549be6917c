import { permutation, type Key } from '../compiler/random/index.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Batch, DatasetDescriptor, DatasetSplit } from '../datasets/dataset.js';

export const batchTensors = (batch: Batch, exampleShape: DatasetDescriptor['exampleShape']): NamedHostTensors => ({
  x: { dtype: 'float32', shape: [batch.size, ...exampleShape], data: batch.examples },
  y: { dtype: 'int32', shape: [batch.size], data: batch.labels },
});

/** Training batches in an order that depends on key and step only: a new permutation of the split for every epoch. */
export class BatchOrder {
  private epoch = -1;
  private order = new Int32Array(0);
  private buffer: Batch | undefined;

  constructor(
    private readonly split: DatasetSplit,
    private readonly batchSize: number,
    private readonly stepsPerEpoch: number,
    private readonly key: Key,
  ) {}

  /** The batch of step 0, 1, ...; valid until the next call. */
  at(step: number): Batch {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.epoch) {
      this.order = permutation(this.key.fold(epoch), this.split.count) as Int32Array<ArrayBuffer>;
      this.epoch = epoch;
    }
    const start = (step % this.stepsPerEpoch) * this.batchSize;
    this.buffer = this.split.batch(this.order.subarray(start, start + this.batchSize), this.buffer);
    return this.buffer;
  }
}

/** A whole split in batches of one size; the last is filled up with example 0 at weight 0. */
export function* paddedBatches(split: DatasetSplit, size: number): Generator<{ batch: Batch; weight: Float32Array }> {
  let buffer: Batch | undefined;
  for (let start = 0; start < split.count; start += size) {
    const rows = Int32Array.from({ length: size }, (_, i) => (start + i < split.count ? start + i : 0));
    buffer = split.batch(rows, buffer);
    yield { batch: buffer, weight: Float32Array.from(rows, (_, i) => (start + i < split.count ? 1 : 0)) };
  }
}

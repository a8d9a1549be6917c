import type { Key } from '../../compiler/random/index.js';
import type { DatasetFacts } from '../canonical-folder.js';

/** A data set made by a rule: example `index` of a split depends on nothing but the options and that split's key. */
export interface BuiltInSet {
  readonly facts: Omit<DatasetFacts, 'name'>;
  /** Writes one example to `row` ([...exampleShape], the storage type) and returns its class index. */
  draw(key: Key, index: number, row: Uint8Array | Float32Array): number;
}

import type { Shape } from '../../compiler/tensors.js';
import type { DatasetDescriptor } from '../dataset.js';
import type { ExampleFile } from '../example-file.js';

/** What a format reader found in the files of one source (training or test); the examples went to an `ExampleFile`. */
export interface SourceExamples {
  readonly kind: DatasetDescriptor['kind'];
  readonly exampleShape: Shape;
  readonly storage: DatasetDescriptor['storage'];
  /** [count] class indices; of a CSV file, indices into its `ClassIndex`. */
  readonly labels: Uint16Array;
  /** Smallest and largest value that programs will see. */
  readonly range: readonly [number, number];
}

/** Reads the files of one source, writing examples in canonical form to `target` as they arrive. */
export type SourceReader = (target: ExampleFile) => Promise<SourceExamples>;

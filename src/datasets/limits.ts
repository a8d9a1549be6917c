/** What an import may use at most; every number is a setting of the service. */
export interface DatasetLimits {
  /** Bytes of one file after decompression. */
  readonly maxInflatedBytes: number;
  /** Inflated bytes per compressed byte, counted over the file so far ... */
  readonly maxRatio: number;
  /** ... and checked once a file has inflated to this many bytes. */
  readonly ratioCheckedFromBytes: number;
  /** Examples of one source: all training files, or all test files. */
  readonly maxExamples: number;
  /** Values of one example. */
  readonly maxFeatures: number;
  readonly maxClasses: number;
  /** Bytes of one CSV line. */
  readonly maxLineBytes: number;
}

export const DEFAULT_DATASET_LIMITS: DatasetLimits = {
  maxInflatedBytes: 2 * 2 ** 30,
  maxRatio: 100,
  ratioCheckedFromBytes: 2 ** 20,
  maxExamples: 5_000_000,
  maxFeatures: 200_000,
  maxClasses: 1000,
  maxLineBytes: 4 * 2 ** 20,
};

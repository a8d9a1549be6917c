import type { Key } from '../../compiler/random/index.js';
import type { Dataset, DatasetSplit } from '../../datasets/dataset.js';
import { selectExamples, type Selection } from '../selection.js';
import type { Described, FeatureSpace } from './feature-space.js';
import { MIN_ROWS, type GeneratorEvaluationOptions } from './generator-evaluation.options.js';

/** Examples compared when the request leaves the number open. */
const DEFAULT_LIMIT = 1000;

/** Rows of a split with their classes. */
export interface Rows {
  /** [n, ...exampleShape] */
  readonly values: Float32Array;
  readonly labels: Int32Array;
}

/** What samples are compared with. */
export interface RealData {
  readonly selection: Selection;
  readonly examples: Rows;
  /** What the classifier sees in `examples`. */
  readonly described: Described | undefined;
  /** As many training examples, or all where there are fewer; undefined when the split compared with is the training split, or there are hardly any. */
  readonly training: Rows | undefined;
  /** Training examples whose labels the linear probe sees. */
  readonly labelled: Rows | undefined;
  readonly trainingSplit: DatasetSplit | undefined;
}

function rowsOf(split: DatasetSplit, wanted: number, key: Key): Rows {
  const { examples, labels } = split.batch(selectExamples(split.count, Math.min(wanted, split.count), key).indices);
  return { values: examples, labels };
}

/** Draws the examples of an evaluation by its key. */
export async function readRealData(dataset: Dataset, options: GeneratorEvaluationOptions, classifier: FeatureSpace | undefined, key: Key): Promise<RealData> {
  const split = dataset.split(options.split);
  const selection = selectExamples(split.count, options.limit ?? Math.min(DEFAULT_LIMIT, split.count), key.fold('examples'));
  const { examples: values, labels } = split.batch(selection.indices);
  const apart = options.split !== 'train' && (dataset.descriptor.splits.train?.count ?? 0) >= MIN_ROWS;
  const trainingSplit = apart ? dataset.split('train') : undefined;
  return {
    selection,
    examples: { values, labels },
    described: await classifier?.describe(values),
    training: trainingSplit && rowsOf(trainingSplit, labels.length, key.fold('training')),
    labelled: trainingSplit && rowsOf(trainingSplit, options.probeLabels, key.fold('probe')),
    trainingSplit,
  };
}

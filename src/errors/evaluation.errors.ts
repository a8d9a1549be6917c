import { defineError } from './define.js';

export const datasetDoesNotFitModel = defineError(
  'dataset-does-not-fit-model',
  422,
  'Data set and model do not fit',
  (model: string, what: string, ofDataset: string, ofModel: string) =>
    `model "${model}" takes ${what} ${ofModel}, but the data set has ${ofDataset}: evaluate it on a data set with ${ofModel}.`,
);

export const splitEmpty = defineError(
  'split-empty',
  422,
  'The data set has no such split',
  (dataset: string, split: string, available: readonly string[]) =>
    `data set "${dataset}" has no examples in the split "${split}": use ${available.join(' or ') || 'a data set with examples'}.`,
  (_dataset, _split, available) => [{ pointer: '/split', detail: available.join(' or ') }],
);

export const sampleTooLarge = defineError(
  'sample-too-large',
  422,
  'More examples were asked for than the split has',
  (limit: number, split: string, count: number) =>
    `limit ${limit} is more than the ${count} examples of the split "${split}": use a number from 1 to ${count}, or "all".`,
  (_limit, _split, count) => [{ pointer: '/limit', detail: `an integer from 1 to ${count}, or "all"` }],
);

export const splitTooSmall = defineError(
  'split-too-small',
  422,
  'The split has too few examples',
  (dataset: string, split: string, count: number, least: number) =>
    `split "${split}" of data set "${dataset}" has ${count} examples; comparing samples with data takes at least ${least}.`,
  (_dataset, _split, _count, least) => [{ pointer: '/split', detail: `a split with at least ${least} examples` }],
);

export const featuresNotAvailable = defineError(
  'features-not-available',
  422,
  'The classifier has no such features',
  (classifier: string, asked: string, why: string) => `classifier "${classifier}" cannot give features "${asked}": ${why}; use "logits".`,
  () => [{ pointer: '/features', detail: '"logits"' }],
);

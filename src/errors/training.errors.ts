import { defineError } from './define.js';

export const batchLargerThanData = defineError(
  'batch-larger-than-data', 422, 'Batch larger than the data',
  (batchSize: number, count: number) => `batchSize is ${batchSize}, but the training split has ${count} examples; accepted are 1 to ${count}.`,
  (_, count) => [{ pointer: '/batchSize', detail: `a whole number from 1 to ${count}` }],
);

export const validationSplitMissing = defineError(
  'validation-split-missing', 422, 'No validation split',
  (dataset: string) => `validation is asked for, but the data set '${dataset}' has no validation split; import it with a validation fraction, or leave validation out.`,
  () => [{ pointer: '/validation', detail: 'left out, or a data set with a validation split' }],
);

export const warmupTooLong = defineError(
  'warmup-too-long', 422, 'Warm-up longer than the training',
  (warmup: number, total: number) => `schedule.warmupSteps is ${warmup}, but the job has ${total} steps; accepted are 0 to ${total}.`,
  (_, total) => [{ pointer: '/schedule/warmupSteps', detail: `a whole number from 0 to ${total}` }],
);

export const lossTakesNoSmoothing = defineError(
  'loss-takes-no-smoothing', 422, 'Loss of class numbers with label smoothing',
  (smoothing: number) => `method.labelSmoothing is ${smoothing}, but the loss takes labels, which are class numbers; accepted are 0, or a loss with the input targets: float32[n, k].`,
  () => [{ pointer: '/method/labelSmoothing', detail: '0, or a loss with the input targets' }],
);

export const checkpointWriteFailed = defineError(
  'checkpoint-write-failed', 507, 'Checkpoint cannot be written',
  (step: number, reason: string) => `The checkpoint of step ${step} could not be written (${reason}). The checkpoint before it is kept; free disk space and start the job again.`,
);

export const checkpointDamaged = defineError(
  'checkpoint-damaged', 500, 'Checkpoint damaged',
  (folder: string, reason: string) => `The checkpoint '${folder}' cannot be used: ${reason}.`,
);

export const checkpointMismatch = defineError(
  'checkpoint-mismatch', 409, 'Checkpoint of another training',
  (folder: string) => `The checkpoint '${folder}' was written with other options, another data set or another engine; a job resumes from its own checkpoints only.`,
);

export const bernoulliOutsideUnit = defineError(
  'bernoulli-outside-unit', 422, 'Values are no probabilities',
  (low: number, high: number) => `method.pixels is bernoulli, but the data set's values go from ${low} to ${high}; accepted is gaussian.`,
  () => [{ pointer: '/method/pixels', detail: 'gaussian, or left out' }],
);

export const classifierCannotBeRebuilt = defineError(
  'classifier-cannot-be-rebuilt', 422, 'Classifier has no known network',
  (model: string) => `Model "${model}" is no classifier that was trained here, so its hidden states are not known; accepted is a model with the task classification and its network.`,
  () => [{ pointer: '/method/classifier', detail: 'a classifier made by a training job' }],
);

export const classifierShapeMismatch = defineError(
  'classifier-shape-mismatch', 422, 'Classifier of other examples',
  (model: string, shape: readonly number[], expected: readonly number[]) =>
    `Classifier "${model}" takes examples of shape [${shape.join(', ')}], but those of the data set have shape [${expected.join(', ')}].`,
  (_, __, expected) => [{ pointer: '/method/classifier', detail: `a classifier for examples of shape [${expected.join(', ')}]` }],
);

export const classifierLayerMissing = defineError(
  'classifier-layer-missing', 422, 'Classifier has no such layer',
  (model: string, layer: number, last: number) => `Classifier "${model}" has no hidden state ${layer}; accepted are 1 to ${last}, the number of its segments.`,
  (_, __, last) => [{ pointer: '/method/layers', detail: `whole numbers from 1 to ${last}` }],
);

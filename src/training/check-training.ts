import type { DatasetDescriptor } from '../datasets/dataset.js';
import { mixPointOutsideNetwork } from '../errors/networks.errors.js';
import { batchLargerThanData, lossTakesNoSmoothing, validationSplitMissing, warmupTooLong } from '../errors/training.errors.js';
import { lossFunction, type ExpressionLimits } from '../expressions/index.js';
import { sourceOf } from '../expressions/expression.options.js';
import { createNetwork } from '../networks/index.js';
import type { RunOptions, TrainingOptions } from './training.options.js';

export interface TrainingLength {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/** Steps of a job; the examples of an epoch that fill no batch are left out. */
export function trainingLength({ batchSize, epochs, steps }: RunOptions, trainCount: number): TrainingLength {
  const stepsPerEpoch = Math.floor(trainCount / batchSize);
  return { stepsPerEpoch, totalSteps: steps ?? (epochs ?? 0) * stepsPerEpoch };
}

/** @throws batch-larger-than-data, validation-split-missing, warmup-too-long */
export function checkRun(options: RunOptions, dataset: DatasetDescriptor): void {
  const { batchSize, schedule, validation } = options;
  const count = dataset.splits.train?.count ?? 0;
  if (batchSize > count) throw batchLargerThanData(batchSize, count);
  if (validation !== undefined && dataset.splits.validation === undefined) throw validationSplitMissing(dataset.name);
  const { totalSteps } = trainingLength(options, count);
  if (schedule.warmupSteps > totalSteps) throw warmupTooLong(schedule.warmupSteps, totalSteps);
}

/**
 * Checks what the options' schema cannot: whether they fit the data set and each other.
 * @param limits of a loss
 * @throws mix-point-outside-network, loss-takes-no-smoothing, and the errors of `checkRun`, `createNetwork` and `lossFunction`
 */
export function checkTraining(options: TrainingOptions, dataset: DatasetDescriptor, limits?: Partial<ExpressionLimits>): void {
  const { network: networkOptions, method, loss, batchSize } = options;
  checkRun(options, dataset);
  const network = createNetwork(networkOptions, dataset.exampleShape, dataset.classes.length);
  if (method.name === 'manifold-mixup') {
    const outside = method.mixPoints.find((point) => point > network.lastMixPoint);
    if (outside !== undefined) throw mixPointOutsideNetwork(outside, network.lastMixPoint, network.architecture);
  }
  if (loss === undefined) return;
  const { form } = lossFunction(sourceOf(loss), { batch: batchSize, classes: network.classCount, limits });
  if (form === 'labels' && method.name === 'erm' && method.labelSmoothing > 0) throw lossTakesNoSmoothing(method.labelSmoothing);
}

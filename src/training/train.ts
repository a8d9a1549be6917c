import { Key } from '../compiler/random/index.js';
import { lossFunction, type ExpressionLimits, type LossFunction } from '../expressions/index.js';
import { sourceOf } from '../expressions/expression.options.js';
import { createNetwork, initialise, modelState, type Network, type NetworkOptions } from '../networks/index.js';
import type { JobObserver } from '../observer/job-observer.js';
import { checkTraining } from './check-training.js';
import { CLASSIFIER_SUMS, ClassifierSubject } from './classifier-subject.js';
import { measureNormalisation } from './measure-normalisation.js';
import { createMethod } from './methods/index.js';
import { optimiser } from './optimisers/optimiser.js';
import { evaluationBatch, runTraining, type RunResult, type RunTask } from './run-training.js';
import { initialSlots } from './optimiser-state.js';
import { trainingEntries, trainingState } from './training-programs.js';
import type { TrainingOptions } from './training.options.js';

export interface TrainingTask extends RunTask {
  readonly options: TrainingOptions;
  /** What a loss may cost. */
  readonly expressionLimits?: Partial<ExpressionLimits>;
}

/** Metrics of the test split: `test/accuracy` and `test/nll`. */
export interface TrainingResult extends RunResult {
  readonly network: Network;
  /** As given, with the normalisation that was measured filled in: what `createNetwork` needs to build it again. */
  readonly networkOptions: NetworkOptions;
}

/** The loss that an expression defines, if the options name one. */
const lossOf = ({ options: { loss, batchSize }, expressionLimits: limits }: TrainingTask, { classCount }: Network): LossFunction | undefined =>
  loss && lossFunction(sourceOf(loss), { batch: batchSize, classes: classCount, limits });

/**
 * Trains a classifier, as `runTraining` says.
 * @throws the errors of `checkTraining` and `runTraining`
 */
export async function train(task: TrainingTask, observer: JobObserver, signal: AbortSignal): Promise<TrainingResult> {
  const { dataset, options: { batchSize, ...options } } = task;
  const { descriptor } = dataset;
  checkTraining(task.options, descriptor, task.expressionLimits);
  const networkOptions = { ...options.network, normalisation: options.network.normalisation ?? measureNormalisation(dataset) };
  const network = createNetwork(networkOptions, descriptor.exampleShape, descriptor.classes.length);
  const key = Key.from(options.seed);
  const transform = optimiser(options.optimiser);
  const method = createMethod(options.method, batchSize, lossOf(task, network));
  const evaluated = evaluationBatch(dataset);
  const result = await runTraining(task, {
    key,
    entries: trainingEntries(network, method, transform, batchSize, evaluated),
    state: trainingState(network, transform),
    start: () => ({ ...initialise(network, key.fold('initialise')), ...initialSlots(network, transform) }),
    running: CLASSIFIER_SUMS,
    subject: (family) => new ClassifierSubject({ dataset, network, method, transform, family, batchSize, evaluationBatch: evaluated }),
    names: Object.keys(modelState(network)),
  }, observer, signal);
  return { ...result, network, networkOptions };
}

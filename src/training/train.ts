import { createHash } from 'node:crypto';
import type { Engine, ExecutableFamily } from '../compiler/program.js';
import { Key } from '../compiler/random/index.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Dataset } from '../datasets/dataset.js';
import { checkpointMismatch } from '../errors/training.errors.js';
import { lossFunction, type ExpressionLimits, type LossFunction } from '../expressions/index.js';
import { sourceOf } from '../expressions/expression.options.js';
import { createNetwork, initialise, modelState, type Network, type NetworkOptions } from '../networks/index.js';
import type { JobObserver } from '../observer/job-observer.js';
import { checkTraining, trainingLength } from './check-training.js';
import { latestCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { measureNormalisation } from './measure-normalisation.js';
import { createMethod } from './methods/index.js';
import { optimiser } from './optimisers/optimiser.js';
import { initialSlots, trainingEntries, trainingState } from './training-programs.js';
import { TrainingRun, type RunEnd } from './training-run.js';
import type { TrainingOptions } from './training.options.js';

export interface TrainingTask {
  readonly dataset: Dataset;
  readonly options: TrainingOptions;
  readonly engine: Engine;
  /** Checkpoints go here. */
  readonly folder: string;
  /** A checkpoint folder of the same training. */
  readonly resumeFrom?: string;
  /** What a loss may cost. */
  readonly expressionLimits?: Partial<ExpressionLimits>;
}

export interface TrainingResult {
  readonly state: RunEnd;
  /** Completed steps; of the kept checkpoint (0 without one) when diverged. */
  readonly step: number;
  /** Parameters and running statistics, all finite. */
  readonly parameters: NamedHostTensors;
  /** Last training and validation metrics; `test/accuracy` and `test/nll` when succeeded and there is a test split. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly network: Network;
  /** As given, with the normalisation that was measured filled in: what `createNetwork` needs to build it again. */
  readonly networkOptions: NetworkOptions;
}

/** Most examples in one evaluation batch. */
const EVALUATION_BATCH = 256;

/** What a checkpoint must share with the run that continues it: all that changes the numbers, so not cadence and threads. */
function identityOf({ options, dataset, engine }: TrainingTask): string {
  const decisive = { ...options, checkpoint: undefined, threads: undefined };
  return createHash('sha256').update(JSON.stringify([decisive, dataset.descriptor.digest, engine.name, engine.device])).digest('hex');
}

/** The loss that an expression defines, if the options name one. */
const lossOf = ({ options: { loss, batchSize }, expressionLimits: limits }: TrainingTask, { classCount }: Network): LossFunction | undefined =>
  loss && lossFunction(sourceOf(loss), { batch: batchSize, classes: classCount, limits });

async function openCheckpoint(task: TrainingTask, identity: string): Promise<Checkpoint | undefined> {
  if (task.resumeFrom === undefined) return undefined;
  const checkpoint = await readCheckpoint(task.resumeFrom);
  if (checkpoint.identity !== identity) throw checkpointMismatch(task.resumeFrom);
  return checkpoint;
}

const evaluationBatch = ({ descriptor }: Dataset): number =>
  Math.min(EVALUATION_BATCH, Math.max(1, descriptor.splits.validation?.count ?? 0, descriptor.splits.test?.count ?? 0));

/** What is left of a run that diverged: the last checkpoint, or the start. */
async function lastFinite(task: TrainingTask, start: Checkpoint): Promise<Checkpoint> {
  const kept = (await latestCheckpoint(task.folder)) ?? task.resumeFrom;
  return kept === undefined ? start : readCheckpoint(kept);
}

async function resultOf(
  task: TrainingTask, end: RunEnd, run: TrainingRun, family: ExecutableFamily, start: Checkpoint, names: readonly string[],
): Promise<Omit<TrainingResult, 'network' | 'networkOptions'>> {
  if (end !== 'diverged') return { state: end, step: run.completed, metrics: run.metrics, parameters: await family.readState(names) };
  const { step, metrics, tensors } = await lastFinite(task, start);
  return { state: end, step, metrics, parameters: Object.fromEntries(names.map((name) => [name, tensors[name]!])) };
}

/**
 * Trains a classifier. Everything random follows from `options.seed` and the step, so the same task gives the same bits on
 * the same engine, resumed or not.
 * @param signal ends the run as `cancelled` before the next step
 * @throws the errors of `checkTraining`; checkpoint-damaged, checkpoint-mismatch, checkpoint-write-failed
 */
export async function train(task: TrainingTask, observer: JobObserver, signal: AbortSignal): Promise<TrainingResult> {
  const { dataset, options, engine } = task;
  const { descriptor } = dataset;
  checkTraining(options, descriptor, task.expressionLimits);
  const networkOptions = { ...options.network, normalisation: options.network.normalisation ?? measureNormalisation(dataset) };
  const network = createNetwork(networkOptions, descriptor.exampleShape, descriptor.classes.length);
  const key = Key.from(options.seed);
  const transform = optimiser(options.optimiser);
  const method = createMethod(options.method, options.batchSize, lossOf(task, network));
  const evaluated = evaluationBatch(dataset);
  const identity = identityOf(task);
  const start: Checkpoint = (await openCheckpoint(task, identity)) ?? {
    step: 0, identity, metrics: {}, running: { loss: 0, correct: 0, steps: 0, counted: 0 }, earlyStop: { best: null, stale: 0 },
    tensors: { ...initialise(network, key.fold('initialise')), ...initialSlots(network, transform) },
  };
  const family = await engine.compileFamily(
    trainingEntries(network, method, transform, options.batchSize, evaluated),
    trainingState(network, transform),
    { state: start.tensors, threads: options.threads },
  );
  try {
    const length = trainingLength(options, descriptor.splits.train!.count);
    const run = new TrainingRun(
      { dataset, options, folder: task.folder, network, method, transform, family, key, evaluationBatch: evaluated, ...length },
      start, observer, signal,
    );
    const end = await run.execute();
    const result = await resultOf(task, end, run, family, start, Object.keys(modelState(network)));
    return { ...result, network, networkOptions };
  } finally {
    await family.dispose();
  }
}

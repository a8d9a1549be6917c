import { createHash } from 'node:crypto';
import type { Engine, ExecutableFamily, FamilyEntry } from '../compiler/program.js';
import type { Key } from '../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import type { Dataset } from '../datasets/dataset.js';
import { checkpointMismatch } from '../errors/training.errors.js';
import type { JobObserver } from '../observer/job-observer.js';
import { trainingLength } from './check-training.js';
import { latestCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { TrainingRun, type RunEnd, type RunningSums, type TrainingSubject } from './training-run.js';
import type { RunOptions } from './training.options.js';

/** A training, whatever it trains. */
export interface RunTask {
  readonly dataset: Dataset;
  readonly options: RunOptions;
  readonly engine: Engine;
  /** Checkpoints go here. */
  readonly folder: string;
  /** A checkpoint folder of the same training. */
  readonly resumeFrom?: string;
}

/** What a task means for one kind of model. */
export interface Prepared {
  readonly key: Key;
  readonly entries: Readonly<Record<string, FamilyEntry>>;
  readonly state: NamedSpecs;
  /** The state before the first step. */
  start(): NamedHostTensors;
  /** The sums that the subject keeps, at 0. */
  readonly running: RunningSums;
  subject(family: ExecutableFamily): TrainingSubject;
  /** The state tensors that make the model. */
  readonly names: readonly string[];
}

export interface RunResult {
  readonly state: RunEnd;
  /** Completed steps; of the kept checkpoint (0 without one) when diverged. */
  readonly step: number;
  /** The tensors that make the model, all finite. */
  readonly parameters: NamedHostTensors;
  /** The last training and validation metrics; those of the test split when succeeded and there is one. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a checkpoint must share with the run that continues it: all that changes the numbers, so not cadence and threads. */
function identityOf({ options, dataset, engine }: RunTask): string {
  const decisive = { ...options, checkpoint: undefined, threads: undefined };
  return createHash('sha256').update(JSON.stringify([decisive, dataset.descriptor.digest, engine.name, engine.device])).digest('hex');
}

async function openCheckpoint(task: RunTask, identity: string): Promise<Checkpoint | undefined> {
  if (task.resumeFrom === undefined) return undefined;
  const checkpoint = await readCheckpoint(task.resumeFrom);
  if (checkpoint.identity !== identity) throw checkpointMismatch(task.resumeFrom);
  return checkpoint;
}

/** What is left of a run that diverged: the last checkpoint, or the start. */
async function lastFinite(task: RunTask, start: Checkpoint): Promise<Checkpoint> {
  const kept = (await latestCheckpoint(task.folder)) ?? task.resumeFrom;
  return kept === undefined ? start : readCheckpoint(kept);
}

async function resultOf(task: RunTask, end: RunEnd, run: TrainingRun, family: ExecutableFamily, start: Checkpoint, names: readonly string[]): Promise<RunResult> {
  if (end !== 'diverged') return { state: end, step: run.completed, metrics: run.metrics, parameters: await family.readState(names) };
  const { step, metrics, tensors } = await lastFinite(task, start);
  return { state: end, step, metrics, parameters: Object.fromEntries(names.map((name) => [name, tensors[name]!])) };
}

/**
 * Runs the steps of a training, from its start or its checkpoint. Everything random follows from `options.seed` and the
 * step, so the same task gives the same bits on the same engine, resumed or not.
 * @param signal ends the run as `cancelled` before the next step
 * @throws checkpoint-damaged, checkpoint-mismatch, checkpoint-write-failed
 */
export async function runTraining(task: RunTask, prepared: Prepared, observer: JobObserver, signal: AbortSignal): Promise<RunResult> {
  const { dataset, options, engine, folder } = task;
  const { key, entries, state, names } = prepared;
  const identity = identityOf(task);
  const start: Checkpoint = (await openCheckpoint(task, identity)) ?? {
    step: 0, identity, metrics: {}, running: { ...prepared.running }, earlyStop: { best: null, stale: 0 }, tensors: prepared.start(),
  };
  const family = await engine.compileFamily(entries, state, { state: start.tensors, threads: options.threads });
  try {
    const length = trainingLength(options, dataset.descriptor.splits.train!.count);
    const run = new TrainingRun({ dataset, options, folder, family, key, subject: prepared.subject(family), ...length }, start, observer, signal);
    const end = await run.execute();
    return await resultOf(task, end, run, family, start, names);
  } finally {
    await family.dispose();
  }
}

/** Most examples in one evaluation batch. */
const EVALUATION_BATCH = 256;

export const evaluationBatch = ({ descriptor }: Dataset): number =>
  Math.min(EVALUATION_BATCH, Math.max(1, descriptor.splits.validation?.count ?? 0, descriptor.splits.test?.count ?? 0));

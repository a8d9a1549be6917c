import type { Device, EngineName } from '../../compiler/engine.options.js';
import type { ExpressionLimits } from '../../expressions/index.js';
import type { EngineInUse } from '../engine-in-use.js';
import type { EventLevel, JobProgress } from '../../observer/job-observer.js';

/** Train on the data set in `datasetFolder`, going on from `resumeFrom` if given; every file goes under `folder`. */
export interface TrainingComputation {
  readonly kind: 'training';
  readonly name: string;
  readonly dataset: { readonly id: string; readonly folder: string };
  /** The job's request, validated again where it is used. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The trained model that the method refers to. */
  readonly classifier?: { readonly id: string; readonly digest: string; readonly folder: string } | undefined;
  readonly folder: string;
  readonly resumeFrom?: string;
  /** For requests that leave the number open. */
  readonly threads: number;
  /** The worker's own, for requests that leave the engine open. */
  readonly engine: EngineInUse;
  /** Where compiled programs are kept. */
  readonly compileCache?: { readonly folder: string; readonly maxBytes: number } | undefined;
  /** What a loss may cost. */
  readonly expressionLimits: Partial<ExpressionLimits>;
}

/** Evaluate the models in the given folders on the same data set. */
export interface EvaluationComputation {
  readonly kind: 'evaluation';
  readonly models: readonly { readonly id: string; readonly folder: string }[];
  readonly dataset: { readonly id: string; readonly folder: string };
  readonly options: Readonly<Record<string, unknown>>;
  readonly folder: string;
  readonly threads: number;
  /** What objectives may cost. */
  readonly expressionLimits: Partial<ExpressionLimits>;
}

/** Run a small program, to find out whether an engine works here. */
export interface TrialComputation {
  readonly kind: 'trial';
  readonly engine: EngineName;
  readonly device?: Device;
}

/** The computation of a job. */
export type JobComputation = TrainingComputation | EvaluationComputation;

/** What one compute process does in its life. */
export type Computation = JobComputation | TrialComputation;

/** How a computation ended that reached its end. Folders hold the files to be stored. */
export type ComputationResult =
  | { readonly kind: 'training'; readonly bundleFolder: string; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: 'diverged'; readonly detail: string }
  | { readonly kind: 'trial'; readonly engine: EngineInUse }
  | { readonly kind: 'evaluation'; readonly reportFolder: string; readonly verdict: string; readonly summary: Readonly<Record<string, unknown>> };

/** Why a computation should stop; on `shutdown` it goes on later, on `cancel` it does not. */
export type StopReason = 'cancel' | 'shutdown';

/** Reason of the abort signal inside the compute process. */
export class StopRequested extends Error {
  constructor(readonly stop: StopReason) {
    super(`stop requested: ${stop}`);
    this.name = 'StopRequested';
  }
}

export type MessageToCompute =
  | { readonly type: 'start'; readonly computation: Computation }
  | { readonly type: 'stop'; readonly reason: StopReason }
  /** The checkpoint's files are safe: the folder may go. */
  | { readonly type: 'checkpoint-stored'; readonly step: number };

export type MessageFromCompute =
  | { readonly type: 'event'; readonly at: number; readonly level: EventLevel; readonly message: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'metrics'; readonly at: number; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | { readonly type: 'picture'; readonly at: number; readonly step: number; readonly name: string; readonly png: Uint8Array }
  | { readonly type: 'checkpoint'; readonly step: number; readonly folder: string }
  | { readonly type: 'finished'; readonly result: ComputationResult }
  /** Stopped as asked. */
  | { readonly type: 'stopped' }
  /** Ended on an error that a second try would meet again. */
  | { readonly type: 'failed'; readonly code: string; readonly detail: string };

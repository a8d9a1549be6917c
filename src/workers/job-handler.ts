import type { EntityManager } from 'typeorm';
import type { Settings } from '../config/settings.js';
import type { JobEntity, JobKind } from '../persistence/entities/job.entity.js';
import type { DatasetRepository } from '../persistence/repositories/dataset.repository.js';
import type { ModelRepository } from '../persistence/repositories/model.repository.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { EngineInUse } from './engine-in-use.js';
import type { ComputationResult, JobComputation } from './compute/protocol.js';
import type { Workspace } from './workspace.js';

export interface HandlerContext {
  readonly settings: Settings;
  readonly engine: EngineInUse;
  readonly store: ObjectStore;
  readonly workspace: Workspace;
  readonly datasets: DatasetRepository;
  readonly models: ModelRepository;
}

/** What a finished job leaves: its result, what commits with it, and what to undo when that fails. */
export interface Completion {
  readonly result: Record<string, unknown>;
  readonly within?: (manager: EntityManager) => Promise<void>;
  readonly undo: () => Promise<void>;
}

/** The runner's side of one kind of job: inputs before the computation, outputs after it. */
export interface JobHandler {
  /** Brings the inputs to this machine. `folder` is the job's own, empty but for `resume/` when the job goes on. */
  prepare(job: JobEntity, folder: string, resumeFrom: string | undefined, context: HandlerContext): Promise<JobComputation>;
  /** Stores the outputs. @throws storage-full */
  complete(job: JobEntity, result: ComputationResult, context: HandlerContext): Promise<Completion>;
}

/** Every kind has exactly one handler: a kind without one does not compile. */
export type JobHandlers = { readonly [K in JobKind]: JobHandler };

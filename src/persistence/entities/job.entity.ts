import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const JOB_KINDS = ['training', 'evaluation', 'generator-evaluation'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** `diverged` = stopped on a non-finite loss with the last finite checkpoint kept. */
export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'diverged'] as const;
export type JobState = (typeof JOB_STATES)[number];
export const LIVE_JOB_STATES = ['queued', 'running'] as const satisfies readonly JobState[];

export interface JobProgressRecord {
  step: number;
  totalSteps: number;
  epoch?: number;
  etaSeconds?: number;
}

export interface JobErrorRecord {
  code: string;
  detail: string;
}

export interface JobCheckpointRecord {
  step: number;
  /** Object-store prefix of the checkpoint's files. */
  prefix: string;
  at: string;
}

/** One long computation: its validated request, where it stands and what came of it. */
@Entity('jobs')
export class JobEntity {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') kind!: JobKind;
  /** Training jobs: the name of the model to come; unique among live jobs and models (partial unique index). */
  @Column('text') name!: string;
  @Index() @Column('text') state!: JobState;
  /** The request as validated, with every default and the seed filled in. */
  @Column('jsonb') request!: Record<string, unknown>;
  /** Data set that the job reads; it cannot be deleted while the job is live. */
  @Index() @Column('uuid') datasetId!: string;
  @Column('jsonb', { nullable: true }) progress!: JobProgressRecord | null;
  /** Training: {modelId, metrics}; evaluation: {report prefix, verdict, summary}; generator evaluation: {report prefix, summary}. */
  @Column('jsonb', { nullable: true }) result!: Record<string, unknown> | null;
  @Column('jsonb', { nullable: true }) error!: JobErrorRecord | null;
  @Column('jsonb', { nullable: true }) checkpoint!: JobCheckpointRecord | null;
  /** How often a worker has started it; above 1 = resumed. */
  @Column('int', { default: 0 }) attempt!: number;
  @Column('timestamptz', { nullable: true }) cancelRequestedAt!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) finishedAt!: Date | null;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

export const JOB_EVENT_TYPES = ['message', 'metrics', 'progress', 'transition', 'checkpoint'] as const;
export type JobEventType = (typeof JOB_EVENT_TYPES)[number];

/** The append-only log of a job; `sequence` counts from 1 within the job and is the SSE event id. */
@Entity('job_events')
export class JobEventEntity {
  @PrimaryColumn('uuid') jobId!: string;
  @PrimaryColumn('int') sequence!: number;
  @Column('timestamptz') at!: Date;
  @Column('text') level!: 'debug' | 'info' | 'warn' | 'error';
  @Column('text') type!: JobEventType;
  @Column('int', { nullable: true }) step!: number | null;
  @Column('text') message!: string;
  /** metrics: {name: value}; progress: JobProgressRecord; transition: {from, to, reason}. */
  @Column('jsonb', { default: {} }) data!: Record<string, unknown>;
}

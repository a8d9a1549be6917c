import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Device, EngineName } from '../../compiler/engine.options.js';
import type { JobKind } from './job.entity.js';

/** Versions of what decides the numbers; `tensorflow` only where that engine runs. */
export interface SoftwareVersions {
  readonly rampart: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly tensorflowjs: string;
  readonly tensorflow?: string;
}

/** A job in the hands of a worker. */
export interface WorkerJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly name: string;
}

/** A process that runs jobs. */
@Entity('workers')
export class WorkerEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') host!: string;
  @Column('int') pid!: number;
  @Column('text') role!: 'all' | 'worker';
  @Column('text') engine!: EngineName;
  @Column('text') device!: Device;
  /** Threads of one compute process. */
  @Column('int') threads!: number;
  /** Jobs that it runs at the same time. */
  @Column('int') slots!: number;
  @Column('jsonb') versions!: SoftwareVersions;
  @Column('jsonb', { default: [] }) jobs!: readonly WorkerJob[];
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) startedAt!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) heartbeatAt!: Date;
}

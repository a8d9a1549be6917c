import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { DatasetDescriptor } from '../../datasets/dataset.js';

/** A stored data set; its canonical files lie under `prefix` in the object store. */
@Entity('datasets')
export class DatasetEntity {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text', { unique: true }) name!: string;
  /** How it came: {type: 'upload', format, files} or {type: 'built-in', options}. */
  @Column('jsonb') source!: Record<string, unknown>;
  @Column('jsonb') descriptor!: DatasetDescriptor;
  @Column('text') digest!: string;
  @Column('bigint', { transformer: { to: (n: number) => n, from: (s: string) => Number(s) } }) bytes!: number;
  @Column('text') prefix!: string;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) createdAt!: Date;
}

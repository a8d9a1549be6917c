import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Manifest } from '../../bundles/manifest.js';

/** A stored model; the bundle's files lie under `prefix` in the object store. */
@Entity('models')
export class ModelEntity {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text', { unique: true }) name!: string;
  /** The training job it came from; null for imported models. */
  @Index() @Column('uuid', { nullable: true }) jobId!: string | null;
  @Column('jsonb') manifest!: Manifest;
  /** SHA-256 of manifest.json, which itself holds the SHA-256 of every part: the digest of the model. */
  @Column('text') digest!: string;
  @Column('bigint', { transformer: { to: (n: number) => n, from: (s: string) => Number(s) } }) bytes!: number;
  @Column('text') prefix!: string;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) createdAt!: Date;
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a stored expression takes and gives, in the words of the language: `float32[n, 784]`. */
export interface ExpressionSignature {
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly shared: readonly { readonly name: string; readonly type: string; readonly updated: boolean }[];
  readonly streams: readonly { readonly name: string; readonly seed: number }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  /** Names of the unknown lengths, and how they are compiled. */
  readonly dimensions: { readonly names: readonly string[]; readonly mode: 'fixed' | 'batch' | 'binding'; readonly reason: string };
}

/** A stored expression. Its state is one object of the object store for each version; version 0 is the first values, which have none. */
@Entity('expressions')
export class ExpressionEntity {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text', { unique: true }) name!: string;
  @Column('text') source!: string;
  @Column('jsonb') signature!: ExpressionSignature;
  /** Calls that have changed the state, and copies that began with another one. */
  @Column('bigint', { default: 0, transformer: { to: (n: number) => n, from: (s: string) => Number(s) } }) stateVersion!: number;
  @Column('text', { nullable: true }) stateKey!: string | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) createdAt!: Date;
}

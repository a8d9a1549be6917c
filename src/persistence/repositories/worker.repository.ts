import type { DataSource } from 'typeorm';
import { WorkerEntity, type WorkerJob } from '../entities/worker.entity.js';

export type NewWorker = Omit<WorkerEntity, 'jobs' | 'startedAt' | 'heartbeatAt'>;

export interface WorkerRow extends WorkerEntity {
  /** No sign of life for longer than the lease: its jobs go to others. */
  readonly stale: boolean;
}

/** Hours of silence after which a worker's row goes. */
const FORGET_HOURS = 24;

/** Rows of `workers`. Times are those of the database's clock, which all workers share. */
export class WorkerRepository {
  constructor(private readonly dataSource: DataSource) {}

  private get rows() {
    return this.dataSource.getRepository(WorkerEntity);
  }

  /**
   * Makes a worker known, and forgets those that have been silent for a day.
   * @param isOnly no other worker can be alive: all other rows go
   */
  async register(worker: NewWorker, isOnly: boolean): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM "workers" WHERE $1 OR "heartbeatAt" < now() - make_interval(hours => $2)`, [isOnly, FORGET_HOURS],
    );
    await this.rows.insert({ ...worker });
  }

  /** A sign of life. @returns whether the row is still there */
  async beat(id: string, jobs: readonly WorkerJob[]): Promise<boolean> {
    const { affected } = await this.rows.update({ id }, { heartbeatAt: () => 'now()', jobs });
    return affected === 1;
  }

  async remove(id: string): Promise<void> {
    await this.rows.delete({ id });
  }

  /** All workers, those started last first. */
  async list(staleAfterSeconds: number): Promise<WorkerRow[]> {
    const { entities, raw } = await this.rows
      .createQueryBuilder('worker')
      .addSelect(`"worker"."heartbeatAt" < now() - make_interval(secs => :seconds)`, 'stale')
      .setParameter('seconds', staleAfterSeconds)
      .orderBy('worker.startedAt', 'DESC')
      .addOrderBy('worker.id')
      .getRawAndEntities<{ stale: boolean }>();
    return entities.map((worker, i) => ({ ...worker, stale: raw[i]!.stale }));
  }
}

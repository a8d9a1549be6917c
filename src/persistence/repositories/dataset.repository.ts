import type { DataSource } from 'typeorm';
import { DATASET_IN_USE, DATASET_NOT_FOUND, NAME_TAKEN } from '../../errors/persistence.errors.js';
import { DatasetEntity } from '../entities/dataset.entity.js';
import { JobEntity, LIVE_JOB_STATES } from '../entities/job.entity.js';
import { pageNewestFirst, type Page, type PageRequest } from '../paging.js';
import { inTransaction } from '../transaction.js';
import { isUuid, violatedUnique } from '../violations.js';

/** `id` may be chosen before, so that the files can be stored under it first. */
export type NewDataset = Pick<DatasetEntity, 'name' | 'source' | 'descriptor' | 'digest' | 'bytes' | 'prefix'> & { readonly id?: string };

export class DatasetRepository {
  constructor(private readonly dataSource: DataSource) {}

  private get rows() {
    return this.dataSource.getRepository(DatasetEntity);
  }

  /** @throws name-taken */
  async create(input: NewDataset): Promise<DatasetEntity> {
    try {
      const { id } = await this.rows.save(this.rows.create(input));
      return await this.rows.findOneByOrFail({ id });
    } catch (error) {
      if (violatedUnique(error) === 'datasets_name_key') throw NAME_TAKEN('data set', input.name);
      throw error;
    }
  }

  /** Fails early, before an upload is worked on; `create` still has the last word. @throws name-taken */
  async refuseTaken(name: string): Promise<void> {
    if (await this.rows.existsBy({ name })) throw NAME_TAKEN('data set', name);
  }

  /** By id or name. @throws dataset-not-found */
  async get(reference: string): Promise<DatasetEntity> {
    const byId = isUuid(reference) ? await this.rows.findOneBy({ id: reference }) : null;
    const dataset = byId ?? (await this.rows.findOneBy({ name: reference }));
    if (dataset === null) throw DATASET_NOT_FOUND(reference);
    return dataset;
  }

  /** @throws invalid-cursor */
  list(page: PageRequest): Promise<Page<DatasetEntity>> {
    return pageNewestFirst(this.rows.createQueryBuilder('dataset'), page);
  }

  /**
   * Deletes the row; its files under `prefix` are the caller's to remove.
   * @throws dataset-not-found; dataset-in-use while a live job reads it
   */
  async delete(reference: string): Promise<DatasetEntity> {
    const { id } = await this.get(reference);
    return inTransaction(this.dataSource, async (manager) => {
      const dataset = await manager.findOne(DatasetEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (dataset === null) throw DATASET_NOT_FOUND(reference);
      const job = await manager
        .createQueryBuilder(JobEntity, 'job')
        .where('job.datasetId = :id AND job.state IN (:...states)', { id, states: LIVE_JOB_STATES })
        .getOne();
      if (job !== null) throw DATASET_IN_USE(dataset.name, job.id, job.state);
      await manager.delete(DatasetEntity, { id });
      return dataset;
    });
  }
}

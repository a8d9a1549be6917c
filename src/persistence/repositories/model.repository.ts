import type { DataSource, EntityManager } from 'typeorm';
import { MODEL_IN_USE, MODEL_NOT_FOUND, NAME_TAKEN } from '../../errors/persistence.errors.js';
import { JobEntity, LIVE_JOB_STATES } from '../entities/job.entity.js';
import { ModelEntity } from '../entities/model.entity.js';
import { pageNewestFirst, type Page, type PageRequest } from '../paging.js';
import { inTransaction } from '../transaction.js';
import { isUuid, violatedUnique } from '../violations.js';

export type NewModel = Pick<ModelEntity, 'id' | 'name' | 'jobId' | 'manifest' | 'digest' | 'bytes' | 'prefix'>;

export class ModelRepository {
  constructor(private readonly dataSource: DataSource) {}

  private get rows() {
    return this.dataSource.getRepository(ModelEntity);
  }

  /** Inserts within the caller's transaction when one is given. @throws name-taken */
  async create(input: NewModel, manager?: EntityManager): Promise<void> {
    try {
      await (manager ?? this.dataSource.manager).insert(ModelEntity, input as never);
    } catch (error) {
      if (violatedUnique(error) === 'models_name_key') throw NAME_TAKEN('model', input.name);
      throw error;
    }
  }

  /** By id or name. @throws model-not-found */
  async get(reference: string): Promise<ModelEntity> {
    const byId = isUuid(reference) ? await this.rows.findOneBy({ id: reference }) : null;
    const model = byId ?? (await this.rows.findOneBy({ name: reference }));
    if (model === null) throw MODEL_NOT_FOUND(reference);
    return model;
  }

  /** @throws invalid-cursor */
  list(page: PageRequest): Promise<Page<ModelEntity>> {
    return pageNewestFirst(this.rows.createQueryBuilder('model'), page);
  }

  /**
   * Deletes the row; its files under `prefix` are the caller's to remove.
   * @throws model-not-found; model-in-use while a live job names it in `request.models`, `request.classifier` or `request.method.classifier`
   */
  async delete(reference: string): Promise<ModelEntity> {
    const { id } = await this.get(reference);
    return inTransaction(this.dataSource, async (manager) => {
      const model = await manager.findOne(ModelEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (model === null) throw MODEL_NOT_FOUND(reference);
      const job = await manager
        .createQueryBuilder(JobEntity, 'job')
        .where('job.state IN (:...states)', { states: LIVE_JOB_STATES })
        .andWhere(`(job.request->'models' @> :ids::jsonb OR :id IN (job.request->>'classifier', job.request->'method'->>'classifier'))`, { ids: JSON.stringify([id]), id })
        .getOne();
      if (job !== null) throw MODEL_IN_USE(model.name, job.id, job.state);
      await manager.delete(ModelEntity, { id });
      return model;
    });
  }
}

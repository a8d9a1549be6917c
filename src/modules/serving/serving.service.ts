import { Injectable } from '@nestjs/common';
import type { Model } from '../../bundles/model.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import { ModelCache } from '../../serving/model-cache.js';

/** Models by id or name, ready to run. */
@Injectable()
export class ServingService {
  constructor(
    private readonly models: ModelRepository,
    private readonly cache: ModelCache,
  ) {}

  /** @throws model-not-found, and whatever loading the bundle throws */
  async use<T>(reference: string, action: (model: Model, entity: ModelEntity) => Promise<T>): Promise<T> {
    const entity = await this.models.get(reference);
    return this.cache.use(entity.id, (model) => action(model, entity));
  }

  /** Lets go of a deleted model; requests in hand end first. */
  forget(id: string): Promise<void> {
    return this.cache.invalidate(id);
  }
}

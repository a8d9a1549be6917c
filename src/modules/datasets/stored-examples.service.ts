import { Injectable } from '@nestjs/common';
import type { Manifest } from '../../bundles/manifest.js';
import type { Batch, DatasetSplit, SplitName } from '../../datasets/dataset.js';
import { SPLIT_NOT_FOUND } from '../../errors/datasets.errors.js';
import { datasetDoesNotFitModel } from '../../errors/evaluation.errors.js';
import { INDEX_OUT_OF_RANGE, TOO_MANY_INSTANCES } from '../../errors/inference.errors.js';
import { DatasetRepository } from '../../persistence/repositories/dataset.repository.js';
import { DatasetFolders } from './dataset-folders.js';
import type { StoredExamplesRequest } from './stored-examples.schema.js';

/** Examples of stored data sets as inputs of a model. */
@Injectable()
export class StoredExamples {
  constructor(
    private readonly datasets: DatasetRepository,
    private readonly folders: DatasetFolders,
  ) {}

  /**
   * A split whose examples have the shape that the model takes.
   * @throws dataset-not-found, split-not-found, dataset-does-not-fit-model
   */
  async split(manifest: Manifest, reference: string, split: SplitName): Promise<DatasetSplit> {
    const { open } = await this.find(manifest, reference, split);
    return open();
  }

  /** @throws those of `split`, too-many-instances, index-out-of-range */
  async read(manifest: Manifest, { dataset, split, indices }: StoredExamplesRequest, limit: number, setting: string): Promise<Batch> {
    if (indices.length > limit) throw TOO_MANY_INSTANCES(indices.length, limit, setting);
    const { count, open } = await this.find(manifest, dataset, split);
    const beyond = indices.findIndex((index) => index >= count);
    if (beyond >= 0) throw INDEX_OUT_OF_RANGE(indices[beyond]!, beyond, split, count);
    return (await open()).batch(indices);
  }

  private async find(manifest: Manifest, reference: string, split: SplitName): Promise<{ count: number; open: () => Promise<DatasetSplit> }> {
    const entity = await this.datasets.get(reference);
    const { exampleShape, splits } = entity.descriptor;
    const count = splits[split]?.count ?? 0;
    if (count === 0) throw SPLIT_NOT_FOUND(entity.name, split, Object.keys(splits));
    if (exampleShape.join() !== manifest.input.shape.join()) {
      throw datasetDoesNotFitModel(manifest.name, 'examples of shape', `[${exampleShape.join(', ')}]`, `[${manifest.input.shape.join(', ')}]`);
    }
    return { count, open: async () => (await this.folders.open(entity)).split(split) };
  }
}

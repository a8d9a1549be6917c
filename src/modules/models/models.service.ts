import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { SIGNATURE_NOT_FOUND } from '../../errors/inference.errors.js';
import type { Page } from '../../persistence/paging.js';
import { ModelRepository } from '../../persistence/repositories/model.repository.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { mapPage, toPageRequest, type PageQuery } from '../http/paging.schema.js';
import { OBJECT_STORE, SETTINGS } from '../platform/tokens.js';
import { ServingService } from '../serving/serving.service.js';
import { openArchive, type Archive } from './bundle-archive.js';
import { modelViewOf, type ModelDetail, type ModelView } from './model.schema.js';

@Injectable()
export class ModelsService {
  constructor(
    private readonly models: ModelRepository,
    private readonly serving: ServingService,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async list(query: PageQuery): Promise<Page<ModelView>> {
    return mapPage(await this.models.list(toPageRequest(query, this.settings.pageLimit)), modelViewOf);
  }

  /** @throws model-not-found */
  async get(reference: string): Promise<ModelDetail> {
    const model = await this.models.get(reference);
    return { ...modelViewOf(model), manifest: model.manifest };
  }

  /** Removes the row, what serving holds of it, then its files. @throws model-not-found, model-in-use */
  async delete(reference: string): Promise<void> {
    const model = await this.models.delete(reference);
    await this.serving.forget(model.id);
    await this.objects.deletePrefix(model.prefix);
  }

  /** @throws model-not-found */
  async download(reference: string): Promise<Archive & { readonly fileName: string; readonly digest: string }> {
    const model = await this.models.get(reference);
    return { ...(await openArchive(this.objects, model)), fileName: `${model.name}.zip`, digest: model.digest };
  }

  /** The ONNX graph of one signature; its weights lie in weights.safetensors beside it. @throws model-not-found, signature-not-found */
  async openGraph(reference: string, signature: string): Promise<Archive & { readonly fileName: string }> {
    const model = await this.models.get(reference);
    const stored = Object.hasOwn(model.manifest.signatures, signature) ? model.manifest.signatures[signature] : undefined;
    if (stored === undefined) throw SIGNATURE_NOT_FOUND(model.name, signature, Object.keys(model.manifest.signatures));
    const key = model.prefix + stored.file;
    const bytes = (await this.objects.stat(key))?.bytes ?? 0;
    return { stream: await this.objects.get(key), bytes, fileName: `${model.name}-${stored.file}` };
  }
}

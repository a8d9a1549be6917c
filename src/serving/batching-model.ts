import type { Manifest } from '../bundles/manifest.js';
import type { LoadedModel } from '../bundles/model.js';
import { signatureOf } from '../bundles/signature-inputs.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import { MicroBatcher, type BatchCounters, type BatchingOptions, type CallOptions } from './micro-batcher.js';

/** A model whose concurrent calls are joined, signature by signature. */
export class BatchingModel implements LoadedModel {
  private readonly batchers = new Map<string, MicroBatcher>();

  constructor(
    private readonly model: LoadedModel,
    private readonly options: BatchingOptions,
  ) {}

  get manifest(): Manifest {
    return this.model.manifest;
  }

  /** @throws what `MicroBatcher.run` throws */
  async run(signature: string, inputs: NamedHostTensors, options: CallOptions = {}): Promise<NamedHostTensors> {
    signatureOf(this.manifest, signature);
    let batcher = this.batchers.get(signature);
    if (batcher === undefined) {
      batcher = new MicroBatcher(this.model, signature, this.options);
      this.batchers.set(signature, batcher);
    }
    return batcher.run(inputs, options);
  }

  /** By signature; those never called are absent. */
  counters(): Record<string, BatchCounters> {
    return Object.fromEntries([...this.batchers].map(([signature, batcher]) => [signature, batcher.counters()]));
  }

  /** Call it after the last `run` has settled. */
  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

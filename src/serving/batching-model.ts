import type { Manifest } from '../bundles/manifest.js';
import type { LoadedModel } from '../bundles/model.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import { MicroBatcher, type BatchingOptions, type BatchTotals, type CallOptions } from './micro-batcher.js';

/**
 * A model that joins concurrent calls of some signatures. The other signatures are executed call by call, so that their
 * results do not depend, in the last bits, on who else asks at the same time.
 */
export class BatchingModel implements LoadedModel {
  private readonly batchers: ReadonlyMap<string, MicroBatcher>;

  /** @param signatures those to join; names that the model does not have are ignored */
  constructor(
    private readonly model: LoadedModel,
    signatures: readonly string[],
    options: BatchingOptions,
    totals: BatchTotals,
  ) {
    const present = signatures.filter((signature) => Object.hasOwn(model.manifest.signatures, signature));
    this.batchers = new Map(present.map((signature) => [signature, new MicroBatcher(model, signature, options, totals)]));
  }

  get manifest(): Manifest {
    return this.model.manifest;
  }

  /** @throws what `MicroBatcher.run` or the model's own `run` throw */
  async run(signature: string, inputs: NamedHostTensors, options: CallOptions = {}): Promise<NamedHostTensors> {
    return this.batchers.get(signature)?.run(inputs, options) ?? this.model.run(signature, inputs);
  }

  /** Call it after the last `run` has settled. */
  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

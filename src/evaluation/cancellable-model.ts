import type { Manifest } from '../bundles/manifest.js';
import type { Model } from '../bundles/model.js';
import type { NamedHostTensors } from '../compiler/tensors.js';

/** A model whose calls stop once the signal is aborted: an evaluation ends within one call of a signature. */
export class CancellableModel implements Model {
  readonly manifest: Manifest;

  constructor(
    private readonly model: Model,
    private readonly signal: AbortSignal,
  ) {
    this.manifest = model.manifest;
  }

  /** @throws the reason of the signal, once aborted */
  run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    this.signal.throwIfAborted();
    return this.model.run(signature, inputs);
  }
}

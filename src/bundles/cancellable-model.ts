import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Manifest } from './manifest.js';
import type { Model } from './model.js';

/** A model whose calls stop once the signal is aborted: whatever runs it ends within one call of a signature. */
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

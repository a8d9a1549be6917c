import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { decodeSafetensors, encodeSafetensors } from '../../bundles/safetensors.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { ObjectStore } from '../../storage/object-store.js';

const prefixOf = (id: string): string => `expressions/${id}/`;

/** States of expressions in the object store: one safetensors object for each, never written twice. */
export class ExpressionStates {
  constructor(private readonly objects: ObjectStore) {}

  /** A key that no state has. */
  newKey(id: string): string {
    return `${prefixOf(id)}state/${randomUUID()}.safetensors`;
  }

  /** @throws object-not-found */
  async load(key: string): Promise<NamedHostTensors> {
    return decodeSafetensors(await buffer(await this.objects.get(key)));
  }

  /** @throws storage-full */
  async save(key: string, state: NamedHostTensors): Promise<void> {
    await this.objects.put(key, encodeSafetensors(state));
  }

  async delete(key: string): Promise<void> {
    await this.objects.delete(key);
  }

  /** Every state of a deleted expression, also those that a dead process left. */
  async deleteAll(id: string): Promise<void> {
    await this.objects.deletePrefix(prefixOf(id));
  }
}

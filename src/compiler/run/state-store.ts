import { tensorUnknown } from '../../errors/compiler.errors.js';
import { checkTensors, copyTensor } from '../signature.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import type { Arena, Buffer } from './arena.js';

interface Slot {
  current: Buffer;
  /** The second buffer of a tensor that some program replaces through ONNX Runtime. */
  next: Buffer | undefined;
}

/** The state of a family of programs: each tensor once, or twice where a run writes the new value beside the old one. */
export class StateStore {
  private readonly slots: ReadonlyMap<string, Slot>;

  constructor(private readonly label: string, readonly specs: NamedSpecs, initial: NamedHostTensors, private readonly arena: Arena) {
    checkTensors(label, 'state', specs, initial);
    this.slots = new Map(Object.entries(specs).map(([name, spec]) => [name, { current: arena.allocate(spec), next: undefined }]));
    this.write(initial);
  }

  current(name: string): Buffer {
    return this.slot(name).current;
  }

  /** Where a run writes the new value of a tensor; `replace` makes it current. */
  next(name: string): Buffer {
    const slot = this.slot(name);
    slot.next ??= this.arena.allocate(slot.current.spec);
    return slot.next;
  }

  replace(names: readonly string[]): void {
    for (const name of names) {
      const slot = this.slot(name);
      [slot.current, slot.next] = [this.next(name), slot.current];
    }
  }

  read(names: readonly string[] = Object.keys(this.specs)): NamedHostTensors {
    return Object.fromEntries(names.map((name) => [name, copyTensor(this.slot(name).current.host)]));
  }

  write(values: NamedHostTensors): void {
    for (const name of Object.keys(values)) this.slot(name);
    const specs = Object.fromEntries(Object.keys(values).map((name) => [name, this.specs[name]!]));
    checkTensors(this.label, 'state', specs, values);
    for (const [name, { data }] of Object.entries(values)) this.slot(name).current.host.data.set(data);
  }

  private slot(name: string): Slot {
    const slot = this.slots.get(name);
    if (!slot) throw tensorUnknown(this.label, 'state', name, Object.keys(this.specs));
    return slot;
  }
}

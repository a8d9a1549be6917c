import type { Engine } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import { bindDimensions } from './bind-dimensions.js';
import { CompiledEntry } from './compiled-entry.js';
import { drawNumbers, type StreamCounters } from './draw-numbers.js';
import type { Entry } from './entry.js';

/** Runs entries that take shared variables as inputs; keeps the programs of the entries used last. */
export class StatelessRuns {
  private readonly compiled = new Map<Entry, CompiledEntry>();

  constructor(private readonly module: ExpressionModule, private readonly engine: Engine, private readonly threads: number) {}

  async run(entry: Entry, inputs: NamedHostTensors, shared: NamedHostTensors, counters: StreamCounters): Promise<NamedHostTensors> {
    const binding = bindDimensions(this.module, inputs);
    const compiled = this.compiled.get(entry) ?? new CompiledEntry(this.module, entry, this.engine, this.threads, undefined);
    this.compiled.delete(entry);
    this.compiled.set(entry, compiled);
    if (this.compiled.size > this.module.limits.bindings) {
      const [oldest, least] = this.compiled.entries().next().value!;
      this.compiled.delete(oldest);
      await least.dispose();
    }
    return compiled.run(binding, { ...inputs, ...shared, ...drawNumbers(entry.draws, this.module.streams, counters, binding) });
  }

  async dispose(): Promise<void> {
    for (const each of this.compiled.values()) await each.dispose();
    this.compiled.clear();
  }
}

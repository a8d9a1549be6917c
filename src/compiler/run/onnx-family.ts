import { entryUnknown, executableDisposed } from '../../errors/compiler.errors.js';
import type { Graph } from '../graph/graph.js';
import type { CompileOptions, ExecutableFamily, FamilyEntry } from '../program.js';
import { checkTensors, sizeOf } from '../signature.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import { heapArena, SharedArena, type Arena } from './arena.js';
import { CallQueue } from './call-queue.js';
import { compileProgram, type CompiledProgram } from './compiled-program.js';
import { StateStore } from './state-store.js';

/** Makes the optimised graph of one entry. */
export type GraphSource = (entry: FamilyEntry, state: NamedSpecs) => Graph;

/** State, its second buffers and gradients share one 4 GiB WebAssembly memory: state up to a quarter of it is safe. */
const sharedStateLimit = 2 ** 30;

const stateBytes = (specs: NamedSpecs): number => Object.values(specs).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

/** Programs over one state, compiled to ONNX at their first run. */
export class OnnxFamily implements ExecutableFamily {
  private readonly queue = new CallQueue();
  private readonly compiled = new Map<string, CompiledProgram>();
  private readonly arena: Arena;
  private readonly store: StateStore;
  private readonly threads: number;
  private disposed = false;

  constructor(
    private readonly label: string,
    readonly entries: Readonly<Record<string, FamilyEntry>>,
    readonly state: NamedSpecs,
    options: CompileOptions,
    private readonly graphOf: GraphSource,
  ) {
    this.arena = stateBytes(state) <= sharedStateLimit ? new SharedArena() : heapArena;
    this.store = new StateStore(label, state, options.state, this.arena);
    this.threads = options.threads ?? 0;
  }

  /** Compiles an entry before its first run. */
  prepare(entry: string): Promise<void> {
    return this.enqueue(async () => void (await this.program(entry)));
  }

  run(entry: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    return this.enqueue(async () => {
      const { program, inputs: specs } = this.entry(entry);
      checkTensors(program.name, 'input', specs, inputs);
      const compiled = await this.program(entry);
      return compiled.run(inputs);
    });
  }

  readState(names?: readonly string[]): Promise<NamedHostTensors> {
    return this.enqueue(() => this.store.read(names));
  }

  writeState(state: NamedHostTensors): Promise<void> {
    return this.enqueue(() => this.store.write(state));
  }

  dispose(): Promise<void> {
    return this.queue.add(() => {
      this.disposed = true;
      for (const program of this.compiled.values()) program.release();
      this.compiled.clear();
      return Promise.resolve();
    });
  }

  private async program(name: string): Promise<CompiledProgram> {
    const known = this.compiled.get(name);
    if (known) return known;
    const graph = this.graphOf(this.entry(name), this.state);
    const program = await compileProgram(graph, this.store, this.arena, this.threads);
    this.compiled.set(name, program);
    return program;
  }

  private entry(name: string): FamilyEntry {
    const entry = this.entries[name];
    if (!entry) throw entryUnknown(name, Object.keys(this.entries));
    return entry;
  }

  private enqueue<T>(task: () => T | Promise<T>): Promise<T> {
    return this.queue.add(async () => {
      if (this.disposed) throw executableDisposed(this.label);
      return task();
    });
  }
}

import { entryUnknown, executableDisposed, profileNotAvailable } from '../../errors/compiler.errors.js';
import type { ExecutableFamily, FamilyEntry, ProgramProfile } from '../program.js';
import { checkTensors } from '../signature.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import type { Backing } from './backing.js';
import { CallQueue } from './call-queue.js';
import type { CompiledProgram } from './compiled-program.js';
import type { ProgramSource } from './prepared-program.js';

/** Programs over one state, compiled to ONNX at their first run. */
export class OnnxFamily implements ExecutableFamily {
  private readonly queue = new CallQueue();
  private readonly compiled = new Map<string, CompiledProgram>();
  /** Nothing after `dispose`, so that its memory can go. */
  private backing: Backing | undefined;

  constructor(
    private readonly label: string,
    readonly entries: Readonly<Record<string, FamilyEntry>>,
    readonly state: NamedSpecs,
    backing: Backing,
    private readonly prepareProgram: ProgramSource,
  ) {
    this.backing = backing;
  }

  /** Compiles an entry before its first run. */
  prepare(entry: string): Promise<void> {
    return this.enqueue(async (backing) => void (await this.program(entry, backing)));
  }

  run(entry: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    return this.enqueue(async (backing) => {
      const { program, inputs: specs } = this.entry(entry);
      checkTensors(program.name, 'input', specs, inputs);
      const compiled = await this.program(entry, backing);
      return compiled.run(inputs);
    });
  }

  recycle(results: NamedHostTensors): void {
    this.backing?.recycle(results);
  }

  readState(names?: readonly string[]): Promise<NamedHostTensors> {
    return this.enqueue((backing) => backing.read(names));
  }

  writeState(state: NamedHostTensors): Promise<void> {
    return this.enqueue((backing) => backing.write(state));
  }

  profile(entry: string): Promise<ProgramProfile> {
    return this.enqueue(async (backing) => {
      const compiled = await this.program(entry, backing);
      if (!compiled.profile) throw profileNotAvailable(this.entry(entry).program.name, 'it was compiled without the option profile');
      return compiled.profile();
    });
  }

  dispose(): Promise<void> {
    return this.queue.add(async () => {
      const { backing } = this;
      this.backing = undefined;
      for (const program of this.compiled.values()) await program.release();
      this.compiled.clear();
      await backing?.release();
    });
  }

  private async program(name: string, backing: Backing): Promise<CompiledProgram> {
    const known = this.compiled.get(name);
    if (known) return known;
    const program = await backing.compile(await this.prepareProgram(this.entry(name), this.state));
    this.compiled.set(name, program);
    return program;
  }

  private entry(name: string): FamilyEntry {
    const entry = this.entries[name];
    if (!entry) throw entryUnknown(name, Object.keys(this.entries));
    return entry;
  }

  private enqueue<T>(task: (backing: Backing) => Promise<T>): Promise<T> {
    return this.queue.add(async () => {
      if (!this.backing) throw executableDisposed(this.label);
      return task(this.backing);
    });
  }
}

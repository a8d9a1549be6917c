import type { Executable } from '../../compiler/program.js';
import { checkTensors, copyTensor } from '../../compiler/signature.js';
import type { NamedHostTensors, NamedSpecs } from '../../compiler/tensors.js';
import { PROGRAM_NAME } from './bind-dimensions.js';

/**
 * The values of the shared variables. They live in the executable that ran last and move when another one is to run, so
 * that a loop of equal calls updates them in place. Its user runs one task at a time.
 */
export class SharedState {
  private holder: Executable | undefined;
  private values: NamedHostTensors;

  constructor(private readonly specs: NamedSpecs, initial: NamedHostTensors) {
    this.values = initial;
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<NamedHostTensors> {
    if (this.holder !== undefined) return this.holder.readState(names);
    return Object.fromEntries(names.map((name) => [name, copyTensor(this.values[name]!)]));
  }

  /** @throws tensor-mismatch */
  async write(values: NamedHostTensors): Promise<void> {
    checkTensors(PROGRAM_NAME, 'state', Object.fromEntries(Object.keys(values).map((name) => [name, this.specs[name]!])), values);
    if (this.holder !== undefined) await this.holder.writeState(values);
    else this.values = { ...this.values, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, copyTensor(value)])) };
  }

  async moveTo(executable: Executable): Promise<void> {
    if (this.holder === executable) return;
    await executable.writeState(await this.read());
    this.holder = executable;
    this.values = {};
  }

  /** Before `executable` is disposed. */
  async leave(executable: Executable): Promise<void> {
    if (this.holder !== executable) return;
    this.values = await this.read();
    this.holder = undefined;
  }
}

import * as tf from '@tensorflow/tfjs-core';
import { entryUnknown, executableDisposed, profileNotAvailable, tensorMismatch, tensorUnknown } from '../../errors/compiler.errors.js';
import type { Device } from '../engine.options.js';
import { toHost, toTensor } from '../host-tensors.js';
import type {
  CompileOptions, Engine, Executable, ExecutableFamily, FamilyEntry, NamedTensors, Program, ProgramSignature,
} from '../program.js';
import { checkTensors, copyTensor, describeSpec } from '../signature.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import { loadBackend, onBackend, type EagerBackend } from '../tfjs-backend.js';
import { ONLY, singleEntry } from './single-entry.js';

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/**
 * Runs a program once, eagerly, on the current TensorFlow.js backend; leaves no tensor behind.
 * @throws tensor-unknown, tensor-mismatch when the new state does not fit `specs`.
 */
export function runEagerly(
  program: Program, specs: NamedSpecs, state: NamedHostTensors, inputs: NamedHostTensors,
): { outputs: NamedHostTensors; state: NamedHostTensors } {
  tf.engine().startScope(program.name);
  try {
    const result = program.apply(mapValues(state, toTensor), mapValues(inputs, toTensor));
    const updates: NamedTensors = result.state ?? {};
    for (const [name, tensor] of Object.entries(updates)) {
      const spec = specs[name];
      if (spec === undefined) throw tensorUnknown(program.name, 'state', name, Object.keys(specs));
      if (describeSpec(tensor) !== describeSpec(spec)) {
        throw tensorMismatch(program.name, 'new state', name, describeSpec(tensor), describeSpec(spec));
      }
    }
    return { outputs: mapValues(result.outputs, toHost), state: mapValues(updates, toHost) };
  } finally {
    tf.engine().endScope();
  }
}

/** Programs over one state in host memory; calls run one after another on an eager backend. */
class EagerFamily implements ExecutableFamily {
  private readonly values: NamedHostTensors;
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly backend: EagerBackend,
    private readonly name: string,
    readonly entries: Readonly<Record<string, FamilyEntry>>,
    readonly state: NamedSpecs,
    initial: NamedHostTensors,
  ) {
    checkTensors(name, 'state', state, initial);
    this.values = mapValues(initial, copyTensor);
  }

  run(entry: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    return this.enqueue(() => {
      const found = this.entries[entry];
      if (found === undefined) throw entryUnknown(entry, Object.keys(this.entries));
      checkTensors(found.program.name, 'input', found.inputs, inputs);
      const result = onBackend(this.backend, () => runEagerly(found.program, this.state, this.values, inputs));
      Object.assign(this.values, result.state);
      return result.outputs;
    });
  }

  recycle(): void {
    // Results are left to the garbage collector.
  }

  readState(names: readonly string[] = Object.keys(this.state)): Promise<NamedHostTensors> {
    return this.enqueue(() => Object.fromEntries(names.map((name) => {
      const value = this.values[name];
      if (value === undefined) throw tensorUnknown(this.name, 'state', name, Object.keys(this.state));
      return [name, copyTensor(value)];
    })));
  }

  writeState(state: NamedHostTensors): Promise<void> {
    return this.enqueue(() => {
      checkTensors(this.name, 'state', this.state, { ...this.values, ...state });
      Object.assign(this.values, mapValues(state, copyTensor));
    });
  }

  profile(): Promise<never> {
    return this.enqueue(() => {
      throw profileNotAvailable(this.name, `the engine '${this.backend}' runs kernel by kernel and times none; 'onnx' does`);
    });
  }

  dispose(): Promise<void> {
    const end = this.queue.then(() => { this.disposed = true; });
    this.queue = end;
    return end;
  }

  private enqueue<T>(task: () => T): Promise<T> {
    const result = this.queue.then(() => {
      if (this.disposed) throw executableDisposed(this.name);
      return task();
    });
    this.queue = result.catch(() => undefined);
    return result;
  }
}

/** Programs run eagerly by TensorFlow.js, state in host memory; `cpu` is the reference. `threads` has no effect. */
export function eagerEngine(name: EagerBackend, device: Device = 'cpu'): Engine {
  const compileFamily = async (
    label: string, entries: Readonly<Record<string, FamilyEntry>>, state: NamedSpecs, options: CompileOptions,
  ): Promise<EagerFamily> => {
    await loadBackend(name, device);
    return new EagerFamily(name, label, entries, state, options.state);
  };
  return {
    name,
    device,
    compileFamily: (entries, state, options) => compileFamily(Object.keys(entries).join(', '), entries, state, options),
    async compile(program: Program, signature: ProgramSignature, options: CompileOptions): Promise<Executable> {
      const entries = { [ONLY]: { program, inputs: signature.inputs } };
      const family = await compileFamily(program.name, entries, signature.state, options);
      return singleEntry(signature, family);
    },
  };
}

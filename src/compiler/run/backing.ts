import type { Device } from '../engine.options.js';
import type { CompileOptions } from '../program.js';
import { sizeOf } from '../signature.js';
import type { NamedHostTensors, NamedSpecs } from '../tensors.js';
import { heapArena, SharedArena } from './arena.js';
import type { CompiledProgram, ProgramMemory } from './compiled-program.js';
import { openProgram } from './open-program.js';
import type { PreparedProgram } from './prepared-program.js';
import { ResultMemory } from './result-memory.js';
import { StateStore } from './state-store.js';

/** Where the state of a family is, and how its programs run over it. Calls must not overlap. */
export interface Backing {
  compile(program: PreparedProgram): Promise<CompiledProgram>;
  read(names?: readonly string[]): Promise<NamedHostTensors>;
  write(values: NamedHostTensors): Promise<void>;
  /** Takes memory of results back. */
  recycle(results: NamedHostTensors): void;
  /** Frees what garbage collection does not. */
  release(): Promise<void>;
}

/** State, its second buffers and gradients share one 4 GiB WebAssembly memory: state up to a quarter of it is safe. */
const sharedStateLimit = 2 ** 30;

const stateBytes = (specs: NamedSpecs): number => Object.values(specs).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

/** State in host memory that fused kernels and ONNX Runtime share; `cuda` copies it to the GPU and back in each call. */
export function hostBacking(label: string, specs: NamedSpecs, { state, threads = 0, profile = false }: CompileOptions, device: Exclude<Device, 'webgpu'>): Backing {
  const arena = stateBytes(specs) <= sharedStateLimit ? new SharedArena() : heapArena;
  const store = new StateStore(label, specs, state, arena);
  const results = new ResultMemory();
  const memory: ProgramMemory = { state: store, kernels: arena instanceof SharedArena ? { arena, store } : undefined, results, strips: device === 'cpu' };
  return {
    compile: (program) => openProgram(program, memory, { threads, device, profile }),
    read: (names) => Promise.resolve(store.read(names)),
    write: (values) => Promise.resolve(store.write(values)),
    recycle: (given) => results.recycle(given),
    release: () => Promise.resolve(),
  };
}

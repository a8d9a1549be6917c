import type { CompileCache } from '../cache/compile-cache.js';
import type { Device } from '../engine.options.js';
import { DEFAULT_LEVEL } from '../passes/index.js';
import type { CompileOptions, Engine, Executable, FamilyEntry, Program, ProgramSignature } from '../program.js';
import type { NamedSpecs } from '../tensors.js';
import { hostBacking, type Backing } from './backing.js';
import { OnnxFamily } from './onnx-family.js';
import { programSource } from './program-source.js';
import { ONLY, singleEntry } from './single-entry.js';

interface OnnxSettings {
  readonly device: Device;
  readonly cache?: CompileCache | undefined;
}

/** @throws device-unavailable */
async function backingOn(device: Device, label: string, state: NamedSpecs, options: CompileOptions): Promise<Backing> {
  if (device === 'cpu') return hostBacking(label, state, options, device);
  const { ensureDevice } = await import('./device.js');
  await ensureDevice(device);
  if (device === 'cuda') return hostBacking(label, state, options, device);
  const { webgpuBacking } = await import('./device-state.js');
  return webgpuBacking(label, state, options);
}

async function openFamily(
  { device, cache }: OnnxSettings, label: string, entries: Readonly<Record<string, FamilyEntry>>, state: NamedSpecs, options: CompileOptions,
): Promise<OnnxFamily> {
  const backing = await backingOn(device, label, state, options);
  // A profile needs to know which node each operator was written for, which stored models do not say.
  return new OnnxFamily(label, entries, state, backing, programSource({ device, level: options.optimisation ?? DEFAULT_LEVEL, threads: options.threads ?? 0, cache: options.profile ? undefined : cache }));
}

/**
 * Programs traced, optimised, lowered to ONNX and run by ONNX Runtime. On `cpu`, elementwise state updates run as
 * WebAssembly loops on the same memory, and the same inputs give the same bits at any number of threads. A call blocks
 * the event loop: it computes on the calling thread.
 */
export const onnxEngine = (settings: OnnxSettings): Engine => ({
  name: 'onnx',
  device: settings.device,

  /** Compiles at once, so that a program that cannot be traced fails here. */
  async compile(program: Program, signature: ProgramSignature, options: CompileOptions): Promise<Executable> {
    const entries = { [ONLY]: { program, inputs: signature.inputs } };
    const family = await openFamily(settings, program.name, entries, signature.state, options);
    try {
      await family.prepare(ONLY);
    } catch (error) {
      await family.dispose();
      throw error;
    }
    return singleEntry(signature, family);
  },

  /** Entries are compiled at their first run. */
  compileFamily: (entries, state, options) => openFamily(settings, Object.keys(entries).join(', '), entries, state, options),
});

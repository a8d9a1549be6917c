import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import type { Device } from '../engine.options.js';
import { onnxRuntime } from '../onnxruntime/library.js';
import type { OptimisationLevel } from '../passes/index.js';

/** Name of a compiled program: 64 hexadecimal digits. */
export type CompileKey = string & { readonly kind: 'compile-key' };

/** What decides, besides the program, how it is compiled. */
export interface CompileSettings {
  readonly device: Device;
  readonly level: OptimisationLevel;
  /** Of Rampart: passes and lowering may change with it. */
  readonly version: string;
}

/** ONNX Runtime chooses kernels and layouts by its version and by the processor. */
const host = (): readonly string[] => [onnxRuntime().version, process.platform, process.arch, cpus()[0]?.model ?? 'unknown'];

/** The key of a traced graph, given as its form (`encodeGraph`), for this host: SHA-256 of all that decides the result. */
export function compileKey(form: Uint8Array, { device, level, version }: CompileSettings): CompileKey {
  const circumstances = JSON.stringify(['onnx', device, level, version, ...host()]);
  return createHash('sha256').update(circumstances).update('\0').update(form).digest('hex') as CompileKey;
}

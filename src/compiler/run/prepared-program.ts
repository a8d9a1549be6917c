import type { Device } from '../engine.options.js';
import type { Graph } from '../graph/graph.js';
import type { LoweredModel } from '../lower/index.js';
import type { FamilyEntry } from '../program.js';
import type { NamedSpecs } from '../tensors.js';
import { NativeModel } from './native-model.js';
import type { OpenModel } from './open-model.js';
import { ProfiledModel } from './profiled-model.js';
import { cpuNodes } from './webgpu-kernels.js';

export interface OpenOptions {
  readonly device: Device;
  /** Threads inside one kernel; 0 takes one for each core. */
  readonly threads: number;
  /** Times the kernels: the model opened is a `ProfiledModel`. */
  readonly profile?: boolean;
  /** Outputs that stay in memory of the device; `webgpu` only. */
  readonly deviceOutputs?: readonly string[];
}

/** How one model is opened, besides. */
export interface ModelOptions extends Omit<OpenOptions, 'profile'> {
  /** Names of nodes that run on the CPU although the device has kernels for them; `webgpu` only. */
  readonly onCpu?: readonly string[];
  /** ONNX Runtime times every kernel, and writes the times to a file whose path begins so when the profile ends. */
  readonly profilePrefix?: string;
  /** `cpu` only: the model is one that ONNX Runtime has optimised before. */
  readonly optimised?: boolean;
  /** `cpu` only: ONNX Runtime also writes the optimised model to this file. */
  readonly saveOptimised?: string;
}

export async function openModel(bytes: Uint8Array, { device, ...options }: ModelOptions): Promise<OpenModel> {
  if (device === 'cpu') return NativeModel.open(bytes, options);
  const { BindingModel } = await import('./binding-model.js'); // loads ONNX Runtime's binding, which the CPU does without
  return BindingModel.open(bytes, { ...options, device });
}

/** A program that is traced and optimised. */
export interface PreparedProgram {
  readonly graph: Graph;
  /** Opens the model in a place among those of the program; `lower`, which writes it, is not called where it is known. */
  open(place: number, lower: () => LoweredModel, options: OpenOptions): Promise<OpenModel>;
  /** All models have been opened. */
  complete(): Promise<void>;
}

/** Makes the programs of a family ready. */
export type ProgramSource = (entry: FamilyEntry, state: NamedSpecs) => Promise<PreparedProgram>;

/** Opens a model that was just lowered; on `webgpu` without the kernels that it computes wrongly. */
export function openLowered(lowered: LoweredModel, { profile, ...options }: OpenOptions & ModelOptions): Promise<OpenModel> {
  const chosen = options.device === 'webgpu' ? { ...options, onCpu: cpuNodes(lowered.operators) } : options;
  return profile ? ProfiledModel.open(lowered, (prefix) => openModel(lowered.bytes, { ...chosen, profilePrefix: prefix })) : openModel(lowered.bytes, chosen);
}

import type { Tensor } from '@tensorflow/tfjs-core';
import type { OptimisationLevel } from './passes/level.js';
import type { Device, EngineName } from './engine.options.js';
import type { NamedHostTensors, NamedSpecs } from './tensors.js';

export type NamedTensors = Record<string, Tensor>;

/**
 * A program: a pure function of tensors written in TensorFlow.js ops. Everything it depends on is an argument: `state`
 * (parameters, optimiser state: kept by the executable between calls), `inputs` (batch, noise, scalars: fed per call).
 */
export interface Program {
  readonly name: string;
  apply(state: NamedTensors, inputs: NamedTensors): ProgramResult;
}

export interface ProgramResult {
  readonly outputs: NamedTensors;
  /** New values of some or all state tensors; all are computed from the old values, then assigned together. */
  readonly state?: NamedTensors;
}

/** What a program is compiled for: shapes may use the batch dimension (-1) in `inputs` when the engine allows it. */
export interface ProgramSignature {
  readonly state: NamedSpecs;
  readonly inputs: NamedSpecs;
}

/** A compiled program and its state. Calls are queued: each sees the state its predecessor left. */
export interface Executable {
  readonly signature: ProgramSignature;
  /** Runs once; returns fresh host copies of the outputs, and replaces the state. */
  run(inputs: NamedHostTensors): Promise<NamedHostTensors>;
  /**
   * Gives results of `run` back: later results may take their memory, so they must not be read any more. Worth it for large results in a loop;
   * never necessary.
   */
  recycle(results: NamedHostTensors): void;
  /** Copies of the state (all, or those named). */
  readState(names?: readonly string[]): Promise<NamedHostTensors>;
  /** Overwrites some or all state tensors; shapes and dtypes must match. */
  writeState(state: NamedHostTensors): Promise<void>;
  /**
   * Where the time of the calls went since compilation, or since this was last asked. The program must have been compiled
   * with `profile`. @throws profile-not-available
   */
  profile(): Promise<ProgramProfile>;
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Initial values of every state tensor. */
  readonly state: NamedHostTensors;
  /** Threads inside one kernel; 0 lets the engine choose. */
  readonly threads?: number;
  /** How much a compiling engine rewrites the program's graph; default `o4`. Eager engines run programs as written. */
  readonly optimisation?: OptimisationLevel;
  /** Times every kernel, which costs time itself; default false. */
  readonly profile?: boolean;
}

/** One node of the graph that ran. */
export interface ProfileRow {
  /** Its letter in the printed graph of its model; `2.c` in the second of several models. */
  readonly name: string;
  readonly op: string;
  /** Its line in the printed graph. */
  readonly print: string;
  /** Where the user's program asked for it. */
  readonly site?: string;
  readonly calls: number;
  /** Sum over the calls. */
  readonly milliseconds: number;
  /** Of the results of one call. */
  readonly bytes: number;
  /** Letters of nodes that its kernel computes too. */
  readonly includes: readonly string[];
}

/** A WebAssembly kernel: the state tensors that it replaces (none for a loop between models), and its operations. */
export interface KernelTimes {
  readonly updates: readonly string[];
  readonly operations: readonly string[];
  readonly calls: number;
  readonly milliseconds: number;
}

/** Times of the calls of one program. Sums are over `calls`; what is missing to the whole is between the kernels. */
export interface ProgramProfile {
  readonly calls: number;
  /** Wall time of the calls. */
  readonly milliseconds: number;
  /** Nodes in the order of the printed graph. */
  readonly rows: readonly ProfileRow[];
  /** What does not run on ONNX Runtime. */
  readonly kernels: readonly KernelTimes[];
  /** Copies and changes of layout that the runtime added. */
  readonly added: readonly { readonly operator: string; readonly calls: number; readonly milliseconds: number }[];
}

/** One entry point of a family: a program and the inputs of a call. */
export interface FamilyEntry {
  readonly program: Program;
  readonly inputs: NamedSpecs;
}

/**
 * Variants: several programs over one state, e.g. one training step per mix point and the validation program. Every
 * entry sees all state tensors (unused ones cost nothing) and may replace any subset of them; calls of all entries
 * share one queue, so each sees the state its predecessor left, whichever entry that was.
 */
export interface ExecutableFamily {
  readonly state: NamedSpecs;
  readonly entries: Readonly<Record<string, FamilyEntry>>;
  /** Runs one entry once; returns fresh host copies of its outputs. */
  run(entry: string, inputs: NamedHostTensors): Promise<NamedHostTensors>;
  /** As `Executable.recycle`. */
  recycle(results: NamedHostTensors): void;
  readState(names?: readonly string[]): Promise<NamedHostTensors>;
  writeState(state: NamedHostTensors): Promise<void>;
  /** As `Executable.profile`, of one entry. */
  profile(entry: string): Promise<ProgramProfile>;
  dispose(): Promise<void>;
}

export type { Device, EngineName } from './engine.options.js';

/** One way of running programs. Methods, attacks and samplers never know which. */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  compile(program: Program, signature: ProgramSignature, options: CompileOptions): Promise<Executable>;
  /** Compiles several programs that share one state, held once. An entry may be compiled at its first run. */
  compileFamily(entries: Readonly<Record<string, FamilyEntry>>, state: NamedSpecs, options: CompileOptions): Promise<ExecutableFamily>;
}

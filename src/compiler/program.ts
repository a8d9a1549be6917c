import type { Tensor } from '@tensorflow/tfjs-core';
import type { OptimisationLevel } from './passes/level.js';
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
  /** Copies of the state (all, or those named). */
  readState(names?: readonly string[]): Promise<NamedHostTensors>;
  /** Overwrites some or all state tensors; shapes and dtypes must match. */
  writeState(state: NamedHostTensors): Promise<void>;
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Initial values of every state tensor. */
  readonly state: NamedHostTensors;
  /** Threads inside one kernel; 0 lets the engine choose. */
  readonly threads?: number;
  /** How much a compiling engine rewrites the program's graph; default `o4`. Eager engines run programs as written. */
  readonly optimisation?: OptimisationLevel;
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
  readState(names?: readonly string[]): Promise<NamedHostTensors>;
  writeState(state: NamedHostTensors): Promise<void>;
  dispose(): Promise<void>;
}

export type EngineName = 'onnx' | 'cpu' | 'wasm';

/** One way of running programs. Methods, attacks and samplers never know which. */
export interface Engine {
  readonly name: EngineName;
  compile(program: Program, signature: ProgramSignature, options: CompileOptions): Promise<Executable>;
  /** Compiles several programs that share one state, held once. An entry may be compiled at its first run. */
  compileFamily(entries: Readonly<Record<string, FamilyEntry>>, state: NamedSpecs, options: CompileOptions): Promise<ExecutableFamily>;
}

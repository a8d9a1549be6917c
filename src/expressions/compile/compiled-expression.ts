import type { OptimisationReport } from '../../compiler/passes/index.js';
import type { ProgramProfile } from '../../compiler/program.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import type { GraphDescription } from './graph-description.js';
import type { NonFinite } from './nan-guard.js';
import type { DimensionMode } from './traced-entry.js';
import type { GradientReport, VerifyOptions } from './verify-gradient.js';

export interface Evaluation {
  readonly outputs: NamedHostTensors;
  /** New values of the shared variables that have an update, and how many calls each stream has answered. */
  readonly state: NamedHostTensors;
}

export interface EvaluateOptions {
  /** Looks for the first NaN or infinity before anything is updated, and refuses the call if there is one. Slow. */
  readonly guard?: boolean;
}

/** The program of `evaluate` before and after the passes, and every rewrite and refusal of these. */
export interface Graphs {
  readonly before: GraphDescription;
  readonly after: GraphDescription;
  readonly report: OptimisationReport;
}

export interface Gradients {
  readonly value: HostTensor;
  readonly gradients: NamedHostTensors;
}

/**
 * A checked expression on one engine, with state of its own. Calls are queued: each sees the state its predecessor left.
 * All calls throw `executable-disposed` after `dispose`; those with inputs `tensor-missing`, `tensor-unknown`,
 * `tensor-mismatch`, `expression-dimension` and `expression-limit`.
 */
export interface CompiledExpression {
  readonly module: ExpressionModule;
  /** How unknown dimensions are compiled in `evaluate`. */
  readonly dimensions: DimensionMode;
  /** Outputs, then all updates at once, made from the old values of the shared variables. @throws expression-not-finite */
  evaluate(inputs: NamedHostTensors, options?: EvaluateOptions): Promise<Evaluation>;
  /**
   * Value and derivatives of a float32 number of the source by values of the source; changes no state. Random numbers are
   * those of the next evaluation. @throws expression-gradient, expression-value-unknown
   */
  gradient(of: string, wrt: readonly string[], inputs: NamedHostTensors): Promise<Gradients>;
  /**
   * Compares the derivatives of a float32 value by inputs and shared variables with central differences; a value with axes
   * is multiplied by random numbers and summed. @throws expression-gradient, expression-value-unknown
   */
  verifyGradient(of: string, wrt: readonly string[], inputs: NamedHostTensors, options?: VerifyOptions): Promise<GradientReport>;
  /** The first operation of `evaluate` that gives a NaN or an infinity, if any does; changes no state. */
  firstNonFinite(inputs: NamedHostTensors): Promise<NonFinite | undefined>;
  /** Copies of shared variables, and of stream counters as int32 numbers (all, or those named). @throws tensor-unknown */
  readState(names?: readonly string[]): Promise<NamedHostTensors>;
  /** @throws tensor-unknown, tensor-mismatch */
  writeState(state: NamedHostTensors): Promise<void>;
  /** The same expression with a copy of the state, of which some may be swapped. @throws tensor-unknown, tensor-mismatch */
  copy(options?: { readonly swap?: NamedHostTensors }): Promise<CompiledExpression>;
  /**
   * The program of `evaluate` before and after the passes. Where each binding has its own program, `lengths` must give all
   * unknown dimensions. @throws expression-dimension
   */
  graphs(lengths?: Binding): Graphs;
  /**
   * Where the time of `calls` calls of `evaluate` goes, after one that is not counted. They run on a copy of the state and
   * change nothing. @throws profile-not-available
   */
  profile(inputs: NamedHostTensors, calls: number): Promise<ProgramProfile>;
  /**
   * The program of `evaluate` after the passes as an ONNX model of standard operators. Shared variables and random numbers
   * are inputs beside the others; a new value is the output `next:<name>`; an output named as an input or shared variable is
   * `output:<name>`. `lengths` as for `graphs`. @throws expression-dimension
   */
  onnx(lengths?: Binding): Uint8Array;
  dispose(): Promise<void>;
}

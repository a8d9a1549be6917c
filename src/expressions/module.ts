import type { ExpressionLimits } from './limits.js';
import type { Requirement, Term } from './check/term.js';
import type { TermFactory } from './check/term-factory.js';
import type { TensorType } from './types/tensor-type.js';

export interface SharedVariable {
  readonly type: TensorType;
  /** Its first value; needs no inputs. */
  readonly initial: Term;
}

/** A checked expression: everything in it has a type, and nothing has been computed. */
export interface ExpressionModule {
  readonly source: string;
  readonly limits: ExpressionLimits;
  /** In the order of the source, as all records here. */
  readonly inputs: ReadonlyMap<string, TensorType>;
  readonly shared: ReadonlyMap<string, SharedVariable>;
  /** Seeds of the streams of random numbers. */
  readonly streams: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, Term>;
  /** New values of shared variables, all made from the old ones. */
  readonly updates: ReadonlyMap<string, Term>;
  /** Inputs, shared variables and definitions that are single tensors: what can be derived, and derived by. */
  readonly values: ReadonlyMap<string, Term>;
  /** Unknown dimensions, and the input axis that tells each length. */
  readonly dimensions: ReadonlyMap<string, { readonly input: string; readonly axis: number }>;
  /** Lengths that every call must make at least 1. */
  readonly requirements: readonly Requirement[];
  /** Makes further terms, such as gradients that are asked for later. */
  readonly factory: TermFactory;
}

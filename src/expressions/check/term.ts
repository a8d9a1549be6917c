import type * as tf from '@tensorflow/tfjs-core';
import type { Position } from '../source/position.js';
import type { Binding, Dimension } from '../types/dimension.js';
import type { SymbolicShape, TensorType } from '../types/tensor-type.js';

/** Computes one result in TensorFlow.js operations; `lengths` gives the unknown dimensions of the call. */
export type Emit = (operands: readonly tf.Tensor[], lengths: Binding) => tf.Tensor;

/** One tensor of random numbers, made outside of the program in each call and fed to it. */
export interface Draw {
  /** Name of the program input that it becomes; no name of the language clashes with it. */
  readonly input: string;
  readonly distribution: 'uniform' | 'normal';
  readonly shape: SymbolicShape;
  /** A fixed seed gives the same numbers in every call, a stream goes on; `index` counts the draws of the stream. */
  readonly source: { readonly kind: 'seed'; readonly seed: number } | { readonly kind: 'stream'; readonly stream: string; readonly index: number };
}

/** What the gradient of a tensor starts from. */
export type Cotangent =
  /** 1, for a tensor without axes. */
  | { readonly kind: 'one' }
  /** Numbers of the tensor's shape: the product of this vector and the Jacobian. */
  | { readonly kind: 'term'; readonly term: Term }
  /** Each element in turn: the Jacobian, shape [...of, ...wrt]. */
  | { readonly kind: 'each' };

/** What a term is, beyond its operands. */
export type Definition =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'shared'; readonly name: string }
  | { readonly kind: 'draw'; readonly draw: Draw }
  | { readonly kind: 'operation'; readonly name: string; readonly emit: Emit; readonly differentiable: boolean }
  | GradientsDefinition
  | ScanDefinition
  /** What the step of a scan is given: a state or a slice. */
  | { readonly kind: 'parameter' }
  /** One result of several. */
  | { readonly kind: 'part'; readonly index: number };

/** d `of` / d each of `wrt`. Operands: what `path` reads from outside, `wrt`, and the cotangent if it is a term. */
export interface GradientsDefinition {
  readonly kind: 'gradients';
  readonly of: Term;
  readonly wrt: readonly Term[];
  /** The terms from `wrt` to `of` that carry gradients, operands first. */
  readonly path: readonly Term[];
  readonly cotangent: Cotangent;
  /** 1, or one more than the deepest derivative that this one is taken of. */
  readonly depth: number;
}

/**
 * A recurrence; its parts are the states of all steps, stacked. Operands: first values of the states, sequences, and
 * what `path` reads from outside.
 */
export interface ScanDefinition {
  readonly kind: 'scan';
  /** Parameters of the step. */
  readonly states: readonly Term[];
  readonly slices: readonly Term[];
  /** The next states. */
  readonly next: readonly Term[];
  /** The terms from the parameters to the next states, operands first. */
  readonly path: readonly Term[];
  readonly steps: Dimension;
  readonly backwards: boolean;
  /** Steps that gradients go through; all where left out. */
  readonly truncate: Dimension | undefined;
  /** Whether gradients flow through. */
  readonly differentiable: boolean;
}

/** One operation of a checked expression and its result; immutable. */
export interface Term {
  /** Operands have smaller numbers: numerical order is a topological order. */
  readonly id: number;
  readonly definition: Definition;
  readonly operands: readonly Term[];
  readonly type: TensorType;
  readonly at: Position;
}

/** A length that must be at least 1 in every call, and why. */
export interface Requirement {
  readonly length: Dimension;
  readonly message: string;
  readonly accepted?: string;
  readonly at: Position;
}

/** Every term that the results read, operands first. */
export function reachable(results: readonly Term[]): Term[] {
  const found = new Set<Term>(results);
  for (const term of found) for (const operand of term.operands) found.add(operand); // a set's loop visits what is added
  return [...found].sort((a, b) => a.id - b.id);
}

/** As `reachable`, with what is computed inside of derivatives and steps. */
export function involved(results: readonly Term[]): Term[] {
  const found = new Set<Term>(results);
  for (const { operands, definition } of found) {
    for (const operand of operands) found.add(operand);
    if (definition.kind === 'gradients' || definition.kind === 'scan') for (const inner of definition.path) found.add(inner);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

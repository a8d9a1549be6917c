import type { FamilyEntry } from '../../src/compiler/program.js';
import type { NamedHostTensors, NamedSpecs } from '../../src/compiler/tensors.js';

/** What one call gives: the loss of a training step, or named tensors. */
export interface CallResult {
  readonly loss?: number;
  readonly outputs?: NamedHostTensors;
}

/** Runs one entry of the workload's programs, compiled or eagerly; the state stays with the runner. */
export type RunEntry = (entry: string, inputs: NamedHostTensors) => Promise<NamedHostTensors>;

/** How far the results of two peers may lie apart before anything is timed. */
export interface Agreement {
  /** Calls from the start whose losses are compared; the outputs are those of the last. */
  readonly calls: number;
  /** Largest |a - b| / max(|b|, 0.05) of a loss. */
  readonly loss: number;
  /** Largest |a - b| / max(|b|, scale), scale the mean |b| of the tensor, and the share of elements that may exceed it. */
  readonly outputs: { readonly relative: number; readonly share: number };
}

/** The same computation for every peer: what Rampart runs, and the numbers from which others build it. */
export interface Workload {
  readonly name: string;
  /** As printed in the tables. */
  readonly title: string;
  /** Function of the Python peers, and its arguments. */
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Parameters and inputs for the Python peers, laid out as in TensorFlow.js (images NHWC, kernels HWIO). */
  readonly tensors: NamedHostTensors;
  readonly agreement: Agreement;
  /** Programs over one state; a call runs each of them once, or on all `rows`. */
  readonly entries: Readonly<Record<string, FamilyEntry>>;
  /** Rows of a call over all its runs, where the entries leave the batch open. */
  readonly rows?: number;
  readonly stateSpecs: NamedSpecs;
  /** State at the start. */
  readonly state: NamedHostTensors;
  /** Call `count`, from 1 after each restart. */
  call(run: RunEntry, count: number): Promise<CallResult>;
  /** Outputs that a call leaves in the state, read outside of the timed part. */
  inspect?(run: RunEntry): Promise<NamedHostTensors>;
}

/** Agreement of losses only: those of the first `calls` steps. */
export const sameLosses = (calls: number, loss: number): Agreement => ({ calls, loss, outputs: { relative: 0, share: 0 } });

/** Agreement of the outputs of one call: all but `share` of the elements within `relative`. */
export const sameOutputs = (relative: number, share = 0): Agreement => ({ calls: 1, loss: 0, outputs: { relative, share } });

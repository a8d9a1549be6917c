import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Manifest } from './manifest.js';

/**
 * A model as serving, attacks, evaluation and generation see it: its manifest and its signatures. Classifiers have
 * - `predict`: {x [N, ...input.shape] float32} -> {logits [N, C], probabilities [N, C]}
 * - `lossGradient`: {x, y [N] int32} -> {logits [N, C], loss [N], gradient [N, ...input.shape]}; loss is the
 *   cross-entropy of each example and gradient its own d loss_i / d x_i (no averaging over the batch).
 * - `vjp`: {x, vector [N, C] float32} -> {logits [N, C], gradient [N, ...input.shape]}; gradient row i is
 *   vector_i^T d logits_i / d x_i: with vector = d f / d logits, the gradient of any function f of the logits.
 */
export interface Model {
  readonly manifest: Manifest;
  run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors>;
}

/** A model that holds native memory. */
export interface LoadedModel extends Model {
  dispose(): Promise<void>;
}

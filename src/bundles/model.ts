import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Manifest } from './manifest.js';

/**
 * A model as serving, attacks, evaluation and generation see it: its manifest and its signatures. Classifiers have
 * - `predict`: {x [N, ...input.shape] float32} -> {logits [N, C], probabilities [N, C]}
 * - `lossGradient`: {x, y [N] int32} -> {logits [N, C], loss [N], gradient [N, ...input.shape]}; loss is the
 *   cross-entropy of each example and gradient its own d loss_i / d x_i (no averaging over the batch).
 * - `vjp`: {x, vector [N, C] float32} -> {logits [N, C], gradient [N, ...input.shape]}; gradient row i is
 *   vector_i^T d logits_i / d x_i: with vector = d f / d logits, the gradient of any function f of the logits.
 *
 * Generators (`manifest.generation`; z [N, dz], prior N(0, I); nothing is random inside, noise is an input) have
 * - `decode`: {z, y int32 [N] when conditional} -> {x [N, ...input.shape] within bounds, labels [N, C] probabilities when attributes}
 * - `encode` (all but gan): {x, y when conditional, labels [N, C] when attributes} -> {mean [N, dz], sigma [N, dz] > 0}
 * - `transition` (all but gan): {z, eps [N, dz], y when conditional} -> {x = decode(z), next [N, dz] = mean(x) + sigma(x) eps, labels when attributes}
 * - `discriminate` (gan, ali, gibbsnet): {x, z (not gan), y when conditional, labels when attributes} -> {logit [N]}
 * - `logLikelihood` (vae, dr-vae): {x, z, y when conditional} -> {value [N]} = log p(x | z) summed over pixels, in nats
 */
export interface Model {
  readonly manifest: Manifest;
  run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors>;
}

/** A model that holds native memory. */
export interface LoadedModel extends Model {
  dispose(): Promise<void>;
}

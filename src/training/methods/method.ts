import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import type { Key } from '../../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../../compiler/tensors.js';
import type { Network } from '../../networks/index.js';

/** Everything the loss of one step is a function of. */
export interface LossArguments {
  readonly network: Network;
  /** Parameters and running statistics by name. */
  readonly state: NamedTensors;
  /** [batch, ...inputShape] raw inputs. */
  readonly x: Tensor;
  /** [batch, classes] one-hot labels. */
  readonly y: Tensor;
  /** int32 [batch] class numbers. */
  readonly labels: Tensor;
  /** Dropout masks by name. */
  readonly masks: NamedTensors;
  /** What `draw` drew, by name. */
  readonly draws: NamedTensors;
}

export interface LossResult {
  /** Scalar to minimise. */
  readonly loss: Tensor;
  /** New running statistics. */
  readonly statistics: NamedTensors;
  /** Logits for the labels of the batch; absent where examples are mixed. */
  readonly logits?: Tensor;
}

/** One structural form of a method's step: compiled once, chosen per step. */
export interface Variant {
  /** Specs of the draws that it takes. */
  readonly draws: NamedSpecs;
  loss(given: LossArguments): LossResult;
}

/** Host-side randomness of one step. */
export interface StepDraw {
  readonly variant: string;
  readonly draws: NamedHostTensors;
}

/** A training method for a network and batch size, its options bound. */
export interface Method {
  readonly variants: Readonly<Record<string, Variant>>;
  /** @param key the key of this step and purpose; the only source of randomness */
  draw(key: Key): StepDraw;
}

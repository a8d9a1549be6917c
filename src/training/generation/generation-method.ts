import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { Generator, VariableSpec } from '../../networks/index.js';

/** Noise of one step: fed, drawn from the step's key. uniform is on [0, 1). */
export interface DrawSpec {
  /** With the batch. */
  readonly shape: readonly number[];
  readonly distribution: 'normal' | 'uniform';
}

/** Everything the losses of one step are functions of. */
export interface GenerationArguments {
  /** Parameters, statistics and frozen tensors by name. */
  readonly state: NamedTensors;
  /** [batch, ...inputShape] within bounds. */
  readonly x: Tensor;
  /** [batch, classes] one-hot labels. */
  readonly y: Tensor;
  readonly draws: NamedTensors;
}

export interface PlayerLoss {
  /** Scalar that the player minimises. */
  readonly loss: Tensor;
  /** Scalars to report: parts of the loss, shares of right decisions. */
  readonly metrics: NamedTensors;
  /** New statistics of the player's parts. */
  readonly statistics: NamedTensors;
}

/**
 * One side of the game. Its gradient is taken with respect to its own parameters only; those of the other player are
 * constants of its loss, so nothing needs to be detached.
 */
export interface Player {
  readonly parameters: Readonly<Record<string, VariableSpec>>;
  loss(given: GenerationArguments): PlayerLoss;
}

/** The model's own parts, and their opponent in adversarial methods. */
export type PlayerName = 'generator' | 'discriminator';

/** A way to train a generator for a batch size, its options bound. */
export interface GenerationMethod {
  readonly generator: Generator;
  readonly players: Readonly<Partial<Record<PlayerName, Player>>> & { readonly generator: Player };
  readonly draws: Readonly<Record<string, DrawSpec>>;
  /** Steps of the discriminator for each one of the generator; both move in the last of them. */
  readonly criticSteps: number;
  /** Decodings of a sample: the last z of a chain from N(0, I) is the one that the decoder was trained for. */
  readonly samplingSteps: number;
  /** Tensors that the losses read and no update changes. */
  readonly frozen: NamedHostTensors;
}

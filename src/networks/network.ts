import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../compiler/random/index.js';
import type { NamedTensors } from '../compiler/program.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { draw } from './initialisers.js';
import { joinSpecs, type Layer, type LayerResult, type MaskSpec, type VariableSpec } from './layer.js';

/** A part of a network between two mix points. */
export interface Segment extends Layer {
  readonly name: string;
}

/**
 * A classifier as ordered segments of pure functions. Mix point k is the hidden state after the first k segments: mix
 * point 0 is the raw input, mix point `segments.length` the logits. Normalisation is part of the first segment.
 */
export interface Network {
  readonly architecture: string;
  readonly inputShape: readonly number[];
  readonly classCount: number;
  readonly segments: readonly Segment[];
  /** Highest mix point with a nonlinear block above it (0 = the input is always allowed). */
  readonly lastMixPoint: number;
  readonly parameters: Readonly<Record<string, VariableSpec>>;
  readonly statistics: Readonly<Record<string, VariableSpec>>;
  readonly masks: Readonly<Record<string, MaskSpec>>;
}

export function defineNetwork(
  architecture: string, inputShape: readonly number[], segments: readonly Segment[], lastMixPoint: number,
): Network {
  const [classCount] = segments.at(-1)!.outputShape as readonly [number];
  return { architecture, inputShape, classCount, segments, lastMixPoint, ...joinSpecs(segments) };
}

export const segment = (name: string, layer: Layer): Segment => ({ ...layer, name });

export interface ForwardOptions {
  /** Default false: running statistics, no dropout. */
  readonly training?: boolean;
  /** Mix point that `h` belongs to; default 0, the raw input. */
  readonly from?: number;
  /** Mix point to stop at; default the logits. */
  readonly to?: number;
  readonly masks?: NamedTensors;
}

/**
 * h at mix point `from` -> h at mix point `to` (logits [batch, classes] by default) and new running statistics.
 * @param state parameters and running statistics by name; more names do no harm
 * @param h [batch, ...]: raw inputs [batch, ...inputShape] when `from` is 0
 */
export function forward(network: Network, state: NamedTensors, h: Tensor, options: ForwardOptions = {}): LayerResult {
  const { training = false, from = 0, to = network.segments.length, masks = {} } = options;
  if (!(from >= 0 && from <= to && to <= network.segments.length)) {
    throw new Error(`internal: no way from mix point ${from} to ${to} in ${network.segments.length} segments`);
  }
  const statistics: NamedTensors = {};
  let hidden = h;
  for (const part of network.segments.slice(from, to)) {
    const result = part.apply(state, hidden, { training, masks });
    hidden = result.h;
    Object.assign(statistics, result.statistics);
  }
  return { h: hidden, statistics };
}

/** Parameters and running statistics at the start; every tensor has its own key, so its numbers depend on its name only. */
export function initialise(network: Pick<Network, 'parameters' | 'statistics'>, key: Key): NamedHostTensors {
  const variables = { ...network.parameters, ...network.statistics };
  return Object.fromEntries(
    Object.entries(variables).map(([name, { shape, initialiser }]) => [name, draw(initialiser, shape, key.fold(name))]),
  );
}

/** Specs of parameters and running statistics. */
export const modelState = (network: Pick<Network, 'parameters' | 'statistics'>): NamedSpecs =>
  Object.fromEntries(
    Object.entries({ ...network.parameters, ...network.statistics }).map(([name, { shape }]) => [name, { dtype: 'float32', shape }]),
  );

/** Number of trained numbers. */
export const parameterCount = (network: Pick<Network, 'parameters'>): number =>
  Object.values(network.parameters).reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);

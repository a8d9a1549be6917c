import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import { required } from '../../networks/index.js';

/** What the host knows of a step: `count` = 1 for the first update, `learningRate` after the schedule. */
export interface StepInfo {
  readonly count: number;
  readonly learningRate: number;
}

export interface TransformArguments {
  /** By parameter name. */
  readonly parameters: NamedTensors;
  /** By parameter name, for each slot of the transform. */
  readonly slots: Readonly<Record<string, NamedTensors>>;
  /** Scalars of `scalars()`, shape []. */
  readonly scalars: NamedTensors;
}

export interface TransformResult {
  readonly updates: NamedTensors;
  readonly slots: Readonly<Record<string, NamedTensors>>;
}

/**
 * A pure step from gradients to updates. Slots are tensors like the parameters that start at 0; numbers that change with
 * the step (rates, bias corrections) are computed on the host and fed, so the update stays elementwise.
 */
export interface Transform {
  /** Names of the slots; unique within a chain. */
  readonly slots: readonly string[];
  /** The fed numbers of a step; always the same names. */
  scalars(step: StepInfo): Readonly<Record<string, number>>;
  update(updates: NamedTensors, given: TransformArguments): TransformResult;
}

export const mapTensors = (tensors: NamedTensors, map: (tensor: tf.Tensor, name: string) => tf.Tensor): NamedTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor, name)]));

const stateless = (
  scalars: Transform['scalars'],
  update: (updates: NamedTensors, given: TransformArguments) => NamedTensors,
): Transform => ({ slots: [], scalars, update: (updates, given) => ({ updates: update(updates, given), slots: {} }) });

/** One after another: the updates of each are the gradients of the next. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    slots: transforms.flatMap(({ slots }) => slots),
    scalars: (step) => Object.assign({}, ...transforms.map((transform) => transform.scalars(step))) as Record<string, number>,
    update(gradients, given) {
      let updates = gradients;
      const slots: Record<string, NamedTensors> = {};
      for (const transform of transforms) {
        const result = transform.update(updates, given);
        updates = result.updates;
        Object.assign(slots, result.slots);
      }
      return { updates, slots };
    },
  };
}

/** m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon). */
export const scaleByAdam = (beta1: number, beta2: number, epsilon: number): Transform => ({
  slots: ['firstMoment', 'secondMoment'],
  scalars: ({ count }) => ({ firstCorrection: 1 / (1 - beta1 ** count), secondCorrection: 1 / (1 - beta2 ** count) }),
  update(updates, { slots, scalars }) {
    const m = mapTensors(updates, (g, name) => tf.add(tf.mul(required(slots.firstMoment!, name), beta1), tf.mul(g, 1 - beta1)));
    const v = mapTensors(updates, (g, name) => tf.add(tf.mul(required(slots.secondMoment!, name), beta2), tf.mul(tf.square(g), 1 - beta2)));
    const [c1, c2] = [required(scalars, 'firstCorrection'), required(scalars, 'secondCorrection')];
    const scaled = mapTensors(m, (mean, name) =>
      tf.div(tf.mul(mean, c1), tf.add(tf.sqrt(tf.mul(required(v, name), c2)), epsilon)));
    return { updates: scaled, slots: { firstMoment: m, secondMoment: v } };
  },
});

/** m <- momentum m + g; u = m, or g + momentum m (Nesterov). */
export const trace = (momentum: number, nesterov: boolean): Transform => ({
  slots: ['momentum'],
  scalars: () => ({}),
  update(updates, { slots }) {
    const m = mapTensors(updates, (g, name) => tf.add(tf.mul(required(slots.momentum!, name), momentum), g));
    return { updates: nesterov ? mapTensors(updates, (g, name) => tf.add(g, tf.mul(required(m, name), momentum))) : m, slots: { momentum: m } };
  },
});

/** v <- decay v + (1 - decay) g^2; u = g / (sqrt(v) + epsilon). */
export const scaleByRms = (decay: number, epsilon: number): Transform => ({
  slots: ['meanSquare'],
  scalars: () => ({}),
  update(updates, { slots }) {
    const v = mapTensors(updates, (g, name) => tf.add(tf.mul(required(slots.meanSquare!, name), decay), tf.mul(tf.square(g), 1 - decay)));
    return { updates: mapTensors(updates, (g, name) => tf.div(g, tf.add(tf.sqrt(required(v, name)), epsilon))), slots: { meanSquare: v } };
  },
});

/** u = g + weightDecay * parameter for matrices and kernels; biases and scales (rank below 2) stay as they are. */
export const addDecayedWeights = (weightDecay: number): Transform => stateless(() => ({}), (updates, { parameters }) =>
  mapTensors(updates, (g, name) => (g.rank < 2 ? g : tf.add(g, tf.mul(required(parameters, name), weightDecay)))));

/** u = g * min(1, limit / |g|), |g| over all parameters together. */
export const clipByGlobalNorm = (limit: number): Transform => stateless(() => ({}), (updates) => {
  const squares = Object.values(updates).map((g) => tf.sum(tf.square(g)));
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
  const factor = tf.div(limit, tf.maximum(norm, limit));
  return mapTensors(updates, (g) => tf.mul(g, factor));
});

/** u = -rate g, the change to add to the parameters. */
export const scaleByLearningRate = (): Transform => stateless(
  ({ learningRate }) => ({ learningRate }),
  (updates, { scalars }) => mapTensors(updates, (g) => tf.neg(tf.mul(g, required(scalars, 'learningRate')))),
);

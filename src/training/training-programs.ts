import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../compiler/program.js';
import { bernoulli, type Key } from '../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { crossEntropy, forward, modelState, oneHot, required, valueAndGradients, type MaskSpec, type Network } from '../networks/index.js';
import type { Method, Variant } from './methods/index.js';
import type { StepInfo, Transform } from './optimisers/transform.js';

const slotName = (slot: string, parameter: string): string => `optimiser/${slot}/${parameter}`;
const scalarName = (name: string): string => `scalar/${name}`;
const maskName = (name: string): string => `mask/${name}`;
const drawName = (name: string): string => `draw/${name}`;

const renamed = <V>(record: Readonly<Record<string, V>>, rename: (name: string) => string): Record<string, V> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));

const pick = (tensors: NamedTensors, names: readonly string[], rename: (name: string) => string = (name) => name): NamedTensors =>
  Object.fromEntries(names.map((name) => [name, required(tensors, rename(name))]));

/** Specs of the whole training state: model, then optimiser slots. */
export function trainingState(network: Network, transform: Transform): NamedSpecs {
  const slots = transform.slots.flatMap((slot) => Object.entries(network.parameters).map(([name, { shape }]) =>
    [slotName(slot, name), { dtype: 'float32', shape }] as const));
  return { ...modelState(network), ...Object.fromEntries(slots) };
}

/** Optimiser slots at the start: zeros. */
export const initialSlots = (network: Network, transform: Transform): NamedHostTensors =>
  Object.fromEntries(transform.slots.flatMap((slot) => Object.entries(network.parameters).map(([name, { shape }]) =>
    [slotName(slot, name), { dtype: 'float32' as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }])));

const scalar = (value: number) => ({ dtype: 'float32' as const, shape: [], data: Float32Array.of(value) });

/** The fed numbers of an optimiser step. */
export const stepScalars = (transform: Transform, step: StepInfo): NamedHostTensors =>
  Object.fromEntries(Object.entries(transform.scalars(step)).map(([name, value]) => [scalarName(name), scalar(value)]));

/** Dropout masks of one step: each entry 0 with probability rate, 1 / (1 - rate) otherwise. */
export const drawMasks = (masks: Readonly<Record<string, MaskSpec>>, batchSize: number, key: Key): NamedHostTensors =>
  Object.fromEntries(Object.entries(masks).map(([name, { shape, rate }]) => {
    const count = shape.reduce((a, b) => a * b, batchSize);
    const data = bernoulli(key.fold(name), count, 1 - rate).map((kept) => kept / (1 - rate));
    return [maskName(name), { dtype: 'float32' as const, shape: [batchSize, ...shape], data }];
  }));

export const namedDraws = (draws: NamedHostTensors): NamedHostTensors => renamed(draws, drawName);

/** Number of rows whose largest logit is that of the label, as [batch] of 0 and 1. */
const hits = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
  tf.cast(tf.equal(tf.cast(tf.argMax(logits, -1), 'int32'), labels), 'float32');

/**
 * One step: loss of the variant, its gradient, the optimiser chain, parameters + updates.
 * Outputs: loss [], and correct [] (hits in the batch) where the batch was not mixed.
 */
function stepEntry(name: string, variant: Variant, network: Network, transform: Transform, batchSize: number): FamilyEntry {
  const parameterNames = Object.keys(network.parameters);
  const scalarNames = Object.keys(transform.scalars({ count: 1, learningRate: 1 }));
  const float = (shape: readonly number[]) => ({ dtype: 'float32' as const, shape });
  return {
    inputs: {
      x: float([batchSize, ...network.inputShape]),
      y: { dtype: 'int32', shape: [batchSize] },
      ...Object.fromEntries(scalarNames.map((scalarOf) => [scalarName(scalarOf), float([])])),
      ...Object.fromEntries(Object.entries(network.masks).map(([mask, { shape }]) => [maskName(mask), float([batchSize, ...shape])])),
      ...renamed(variant.draws, drawName),
    },
    program: {
      name: `train/${name}`,
      apply(state, inputs) {
        const labels = required(inputs, 'y');
        const parameters = pick(state, parameterNames);
        const { value: loss, gradients, auxiliary: { logits, ...statistics } } = valueAndGradients((at) => {
          const result = variant.loss({
            network,
            state: { ...state, ...at },
            x: required(inputs, 'x'),
            y: oneHot(labels, network.classCount),
            labels,
            masks: pick(inputs, Object.keys(network.masks), maskName),
            draws: pick(inputs, Object.keys(variant.draws), drawName),
          });
          return { value: result.loss, auxiliary: { ...result.statistics, ...(result.logits && { logits: result.logits }) } };
        }, parameters);
        const { updates, slots } = transform.update(gradients, {
          parameters,
          slots: Object.fromEntries(transform.slots.map((slot) => [slot, pick(state, parameterNames, (of) => slotName(slot, of))])),
          scalars: pick(inputs, scalarNames, scalarName),
        });
        return {
          outputs: { loss, ...(logits && { correct: tf.sum(hits(logits, labels)) }) },
          state: {
            ...Object.fromEntries(parameterNames.map((of) => [of, tf.add(required(parameters, of), required(updates, of))])),
            ...Object.assign({}, ...Object.entries(slots).map(([slot, values]) => renamed(values, (of) => slotName(slot, of)))) as NamedTensors,
            ...statistics,
          },
        };
      },
    },
  };
}

/** Inference on a fixed batch; {x, y, weight [batch]} -> weighted sums: loss [], correct []. Padding rows have weight 0. */
function evaluateEntry(network: Network, batchSize: number): FamilyEntry {
  return {
    inputs: {
      x: { dtype: 'float32', shape: [batchSize, ...network.inputShape] },
      y: { dtype: 'int32', shape: [batchSize] },
      weight: { dtype: 'float32', shape: [batchSize] },
    },
    program: {
      name: 'evaluate',
      apply(state, inputs) {
        const [labels, weight] = [required(inputs, 'y'), required(inputs, 'weight')];
        const logits = forward(network, state, required(inputs, 'x')).h;
        const loss = crossEntropy(logits, oneHot(labels, network.classCount));
        return { outputs: { loss: tf.sum(tf.mul(loss, weight)), correct: tf.sum(tf.mul(hits(logits, labels), weight)) } };
      },
    },
  };
}

export const EVALUATE = 'evaluate';

/** All programs of a training: one step per variant of the method, and `evaluate`, over one state. */
export function trainingEntries(
  network: Network, method: Method, transform: Transform, batchSize: number, evaluationBatch: number,
): Record<string, FamilyEntry> {
  const steps = Object.entries(method.variants).map(([name, variant]) => [name, stepEntry(name, variant, network, transform, batchSize)]);
  return { ...Object.fromEntries(steps), [EVALUATE]: evaluateEntry(network, evaluationBatch) } as Record<string, FamilyEntry>;
}

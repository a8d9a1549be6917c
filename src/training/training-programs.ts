import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry } from '../compiler/program.js';
import { bernoulli, type Key } from '../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { crossEntropy, forward, modelState, oneHot, required, valueAndGradients, type MaskSpec, type Network } from '../networks/index.js';
import type { Method, Variant } from './methods/index.js';
import { optimiserStep, pick, renamed, scalarSpecs, slotSpecs } from './optimiser-state.js';
import type { Transform } from './optimisers/transform.js';

const maskName = (name: string): string => `mask/${name}`;
const drawName = (name: string): string => `draw/${name}`;

/** Specs of the whole training state: model, then optimiser slots. */
export const trainingState = (network: Network, transform: Transform): NamedSpecs => ({ ...modelState(network), ...slotSpecs(network, transform) });

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
  const float = (shape: readonly number[]) => ({ dtype: 'float32' as const, shape });
  return {
    inputs: {
      x: float([batchSize, ...network.inputShape]),
      y: { dtype: 'int32', shape: [batchSize] },
      ...scalarSpecs(transform),
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
        return {
          outputs: { loss, ...(logits && { correct: tf.sum(hits(logits, labels)) }) },
          state: { ...optimiserStep(transform, gradients, state, inputs), ...statistics },
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

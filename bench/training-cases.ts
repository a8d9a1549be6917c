import type { FamilyEntry } from '../src/compiler/program.js';
import { Key, uniform } from '../src/compiler/random/index.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../src/compiler/tensors.js';
import { createNetwork, initialise, type NetworkOptions } from '../src/networks/index.js';
import { erm } from '../src/training/methods/erm.js';
import { optimiser } from '../src/training/optimisers/optimiser.js';
import { optimiserOptionsSchema, type OptimiserOptions } from '../src/training/optimisers/optimiser.options.js';
import { initialSlots, stepScalars, trainingEntries, trainingState } from '../src/training/training-programs.js';

/** One training step of the product: forward, backward and update of a network on a fixed batch of noise. */
export interface TrainingCase {
  readonly name: string;
  /** As printed in the table. */
  readonly title: string;
  readonly network: NetworkOptions;
  readonly optimiser: OptimiserOptions;
  readonly batch: number;
  readonly entry: FamilyEntry;
  readonly stateSpecs: NamedSpecs;
  /** Model and optimiser at the start. */
  readonly state: NamedHostTensors;
  /** Only the trained tensors. */
  readonly parameters: NamedHostTensors;
  /** Inputs of step `count`, from 1. */
  readonly inputs: (count: number) => NamedHostTensors;
}

const normalisation = { mean: [0.5], standardDeviation: [0.5] };
const mlp = (width: number): NetworkOptions => ({ architecture: 'mlp', hidden: [width, width], activation: 'relu', dropout: 0, normalisation });
const convnet: NetworkOptions = {
  architecture: 'convnet', channels: [32, 64, 64], kernelSize: 3, strides: [1, 2, 2], dense: [], activation: 'relu', dropout: 0, normalisation,
};
const adam = optimiserOptionsSchema.parse({ name: 'adam' });
const momentum = optimiserOptionsSchema.parse({ name: 'sgd', learningRate: 0.05, momentum: 0.9 });

function trainingCase(name: string, title: string, options: NetworkOptions, inputShape: readonly number[], batch: number, update: OptimiserOptions): TrainingCase {
  const network = createNetwork(options, inputShape, 10);
  const transform = optimiser(update);
  const parameters = initialise(network, Key.from(7));
  const pixels = uniform(Key.from('pixels'), batch * inputShape.reduce((a, b) => a * b, 1));
  const x: HostTensor = { dtype: 'float32', shape: [batch, ...inputShape], data: pixels };
  const y: HostTensor = { dtype: 'int32', shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => (i * 7) % 10) };
  return {
    name, title, batch, parameters,
    network: options,
    optimiser: update,
    entry: trainingEntries(network, erm({ name: 'erm', labelSmoothing: 0 }), transform, batch, batch)['plain']!,
    stateSpecs: trainingState(network, transform),
    state: { ...parameters, ...initialSlots(network, transform) },
    inputs: (count) => ({ x, y, ...stepScalars(transform, { count, learningRate: update.learningRate }) }),
  };
}

/** The steps of docs/benchmarks.md. */
export const trainingCases: readonly (() => TrainingCase)[] = [
  () => trainingCase('mlp-256', 'MLP 784-256-256-10, batch 128, Adam', mlp(256), [784], 128, adam),
  () => trainingCase('mlp-1024', 'MLP 784-1024-1024-10, batch 128, Adam', mlp(1024), [784], 128, adam),
  () => trainingCase('convnet', 'convnet 32-64-64 (3x3, strides 1-2-2) on 28x28, batch 64, SGD with momentum', convnet, [28, 28, 1], 64, momentum),
];

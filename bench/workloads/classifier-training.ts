import { Key, uniform } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { createNetwork, initialise, type NetworkOptions } from '../../src/networks/index.js';
import { createMethod } from '../../src/training/methods/index.js';
import { optimiser } from '../../src/training/optimisers/optimiser.js';
import type { OptimiserOptions } from '../../src/training/optimisers/optimiser.options.js';
import { initialSlots, stepScalars } from '../../src/training/optimiser-state.js';
import { trainingEntries, trainingState } from '../../src/training/training-programs.js';
import { sameLosses, type Workload } from './workload.js';

export const CLASSES = 10;
/** Maps [0, 1] to [-1, 1]. */
export const normalisation = { mean: [0.5], standardDeviation: [0.5] };

export interface ClassifierTraining {
  readonly name: string;
  readonly title: string;
  readonly network: NetworkOptions;
  /** One example: [features] or [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly batch: number;
  readonly optimiser: OptimiserOptions;
  /** Steps whose losses are compared, and how closely. */
  readonly steps: number;
  readonly tolerance: number;
  /** Further arguments of the Python peers. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A fixed batch: x [batch, ...inputShape] uniform on [0, 1), y [batch] labels. */
export function noiseBatch(batch: number, inputShape: readonly number[]): { x: HostTensor; y: HostTensor } {
  const pixels = uniform(Key.from('pixels'), inputShape.reduce((product, length) => product * length, batch));
  return {
    x: { dtype: 'float32', shape: [batch, ...inputShape], data: pixels },
    y: { dtype: 'int32', shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => (i * 7) % CLASSES) },
  };
}

/** Forward, backward and update of a classifier through the `trainingEntries` that a training job runs. */
export function classifierTraining(request: ClassifierTraining): Workload {
  const { batch, optimiser: update } = request;
  const network = createNetwork(request.network, request.inputShape, CLASSES);
  const transform = optimiser(update);
  const model = initialise(network, Key.from(7));
  const inputs = noiseBatch(batch, request.inputShape);
  const { plain } = trainingEntries(network, createMethod({ name: 'erm', labelSmoothing: 0 }, batch), transform, batch, batch);
  return {
    name: request.name,
    title: request.title,
    model: request.network.architecture,
    options: { optimiser: update, ...request.options },
    tensors: { ...model, ...inputs },
    agreement: sameLosses(request.steps, request.tolerance),
    entries: { step: plain! },
    stateSpecs: trainingState(network, transform),
    state: { ...model, ...initialSlots(network, transform) },
    async call(run, count) {
      const { loss } = await run('step', { ...inputs, ...stepScalars(transform, { count, learningRate: update.learningRate }) });
      return { loss: loss!.data[0]! };
    },
  };
}

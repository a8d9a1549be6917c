import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../../src/compiler/program.js';
import { Key } from '../../src/compiler/random/index.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../../src/compiler/tensors.js';
import { draw, type Initialiser } from '../../src/networks/initialisers.js';
import { required, valueAndGradients, type VariableSpec } from '../../src/networks/index.js';
import { optimiser } from '../../src/training/optimisers/optimiser.js';
import type { OptimiserOptions } from '../../src/training/optimisers/optimiser.options.js';
import type { Transform } from '../../src/training/optimisers/transform.js';
import type { Agreement, Workload } from './workload.js';

/** A training step of a plain program: a loss of named parameters and inputs, and one of the product's optimisers. */
export interface ProgramTraining {
  readonly name: string;
  readonly title: string;
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, VariableSpec>>;
  readonly inputs: NamedHostTensors;
  readonly optimiser: OptimiserOptions;
  readonly agreement: Agreement;
  loss(parameters: NamedTensors, inputs: NamedTensors): tf.Tensor;
}

const slotName = (slot: string, parameter: string): string => `${slot}/${parameter}`;
const scalarName = (name: string): string => `scalar/${name}`;

const mapNames = <V, W>(record: Readonly<Record<string, V>>, map: (name: string, value: V) => readonly [string, W]): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => map(name, value)));

const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
const zeros: Initialiser = { kind: 'constant', value: 0 };
const specsOf = (tensors: NamedHostTensors): NamedSpecs => mapNames(tensors, (name, { dtype, shape }) => [name, { dtype, shape }]);

function stepEntry(request: ProgramTraining, transform: Transform): FamilyEntry {
  const names = Object.keys(request.parameters);
  const scalars = mapNames(transform.scalars({ count: 1, learningRate: 1 }), (name, value) => [scalarName(name), scalar(value)]);
  return {
    inputs: { ...specsOf(request.inputs), ...specsOf(scalars) },
    program: {
      name: request.name,
      apply(state, inputs) {
        const parameters = Object.fromEntries(names.map((name) => [name, required(state, name)]));
        const { value, gradients } = valueAndGradients((at) => ({ value: request.loss(at, inputs) }), parameters);
        const { updates, slots } = transform.update(gradients, {
          parameters,
          slots: Object.fromEntries(transform.slots.map((slot) => [slot, mapNames(parameters, (name) => [name, required(state, slotName(slot, name))])])),
          scalars: mapNames(transform.scalars({ count: 1, learningRate: 1 }), (name) => [name, required(inputs, scalarName(name))]),
        });
        const moved = mapNames(parameters, (name, value) => [name, tf.add(value, required(updates, name))]);
        const kept = transform.slots.map((slot) => mapNames(slots[slot]!, (name, tensor) => [slotName(slot, name), tensor]));
        return { outputs: { loss: value }, state: Object.assign({}, moved, ...kept) as NamedTensors };
      },
    },
  };
}

/** The step as a workload; parameters start from seeded draws, optimiser slots from zero. */
export function programTraining(request: ProgramTraining): Workload {
  const { inputs, optimiser: update } = request;
  const transform = optimiser(update);
  const key = Key.from(request.name);
  const parameters = mapNames(request.parameters, (name, { shape, initialiser }) => [name, draw(initialiser, shape, key.fold(name))]);
  const slots = transform.slots.map((slot) => mapNames(request.parameters, (name, { shape }) => [slotName(slot, name), draw(zeros, shape, key)]));
  const state = Object.assign({}, parameters, ...slots) as NamedHostTensors;
  return {
    name: request.name,
    title: request.title,
    model: request.model,
    options: { optimiser: update, ...request.options },
    tensors: { ...parameters, ...inputs },
    agreement: request.agreement,
    entries: { step: stepEntry(request, transform) },
    stateSpecs: specsOf(state),
    state,
    async call(run, count) {
      const scalars = mapNames(transform.scalars({ count, learningRate: update.learningRate }), (name, value) => [scalarName(name), scalar(value)]);
      const { loss } = await run('step', { ...inputs, ...scalars });
      return { loss: loss!.data[0]! };
    },
  };
}

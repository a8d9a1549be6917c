import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../compiler/program.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { required, type Network } from '../networks/index.js';
import type { StepInfo, Transform } from './optimisers/transform.js';

type Trained = Pick<Network, 'parameters'>;

const slotName = (slot: string, parameter: string): string => `optimiser/${slot}/${parameter}`;
const scalarName = (name: string): string => `scalar/${name}`;

export const renamed = <V>(record: Readonly<Record<string, V>>, rename: (name: string) => string): Record<string, V> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));

export const pick = (tensors: NamedTensors, names: readonly string[], rename: (name: string) => string = (name) => name): NamedTensors =>
  Object.fromEntries(names.map((name) => [name, required(tensors, rename(name))]));

/** Specs of the slots of an optimiser. */
export const slotSpecs = ({ parameters }: Trained, transform: Transform): NamedSpecs =>
  Object.fromEntries(transform.slots.flatMap((slot) => Object.entries(parameters).map(([name, { shape }]) =>
    [slotName(slot, name), { dtype: 'float32' as const, shape }])));

/** Optimiser slots at the start: zeros. */
export const initialSlots = (trained: Trained, transform: Transform): NamedHostTensors =>
  Object.fromEntries(Object.entries(slotSpecs(trained, transform)).map(([name, { shape }]) =>
    [name, { dtype: 'float32' as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }]));

/** A fed number. */
export const scalar = (value: number) => ({ dtype: 'float32' as const, shape: [], data: Float32Array.of(value) });

/** The fed numbers of an optimiser step; `prefix` tells several optimisers of one program apart. */
export const stepScalars = (transform: Transform, step: StepInfo, prefix = ''): NamedHostTensors =>
  Object.fromEntries(Object.entries(transform.scalars(step)).map(([name, value]) => [scalarName(prefix + name), scalar(value)]));

export const scalarSpecs = (transform: Transform, prefix = ''): NamedSpecs =>
  Object.fromEntries(Object.keys(transform.scalars({ count: 1, learningRate: 1 })).map((name) => [scalarName(prefix + name), { dtype: 'float32', shape: [] }]));

/** Parameters + updates, and the new slots, by their names in the state. */
export function optimiserStep(transform: Transform, gradients: NamedTensors, state: NamedTensors, inputs: NamedTensors, prefix = ''): NamedTensors {
  const names = Object.keys(gradients);
  const parameters = pick(state, names);
  const scalarNames = Object.keys(transform.scalars({ count: 1, learningRate: 1 }));
  const { updates, slots } = transform.update(gradients, {
    parameters,
    slots: Object.fromEntries(transform.slots.map((slot) => [slot, pick(state, names, (of) => slotName(slot, of))])),
    scalars: pick(inputs, scalarNames, (name) => scalarName(prefix + name)),
  });
  return {
    ...Object.fromEntries(names.map((of) => [of, tf.add(required(parameters, of), required(updates, of))])),
    ...Object.assign({}, ...Object.entries(slots).map(([slot, values]) => renamed(values, (of) => slotName(slot, of)))) as NamedTensors,
  };
}

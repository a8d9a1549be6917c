import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../compiler/program.js';
import type { Initialiser } from './initialisers.js';

/** A tensor of the model's state and how it starts. */
export interface VariableSpec {
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
}

/** A dropout mask: fed per step as [batch, ...shape] with values 0 or 1 / (1 - rate). */
export interface MaskSpec {
  readonly shape: readonly number[];
  readonly rate: number;
}

export interface LayerContext {
  /** Batch statistics and dropout when true; running statistics and no dropout when false. */
  readonly training: boolean;
  /** Dropout masks by name; needed only in training. */
  readonly masks: NamedTensors;
}

export interface LayerResult {
  readonly h: Tensor;
  /** New running statistics by name; empty in inference mode. */
  readonly statistics: NamedTensors;
}

/** A pure function of state and hidden values [batch, ...], with the state it needs described as data. */
export interface Layer {
  /** Shape of one example after the layer. */
  readonly outputShape: readonly number[];
  /** Trained tensors by full name, e.g. `conv1/kernel`. */
  readonly parameters: Readonly<Record<string, VariableSpec>>;
  /** Running statistics by full name: state that is updated but not trained. */
  readonly statistics: Readonly<Record<string, VariableSpec>>;
  readonly masks: Readonly<Record<string, MaskSpec>>;
  apply(state: NamedTensors, h: Tensor, context: LayerContext): LayerResult;
}

/** A layer without state: h -> f(h). */
export const pure = (outputShape: readonly number[], f: (h: Tensor) => Tensor): Layer => ({
  outputShape, parameters: {}, statistics: {}, masks: {},
  apply: (_, h) => ({ h: f(h), statistics: {} }),
});

/** Looks up one tensor of a program's arguments. */
export function required(tensors: NamedTensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`internal: no tensor '${name}' among ${Object.keys(tensors).join(', ')}`);
  return tensor;
}

/** The state of several layers together. @throws plain error when two of them claim one name */
export function joinSpecs(layers: readonly Layer[]): Pick<Layer, 'parameters' | 'statistics' | 'masks'> {
  const joined = { parameters: {}, statistics: {}, masks: {} };
  for (const kind of ['parameters', 'statistics', 'masks'] as const) {
    const names = layers.flatMap((layer) => Object.keys(layer[kind]));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new Error(`internal: two layers own '${twice}'`);
    Object.assign(joined[kind], ...layers.map((layer) => layer[kind]));
  }
  return joined;
}

/** Layers one after another, as one layer. */
export function sequence(layers: readonly Layer[]): Layer {
  const last = layers.at(-1);
  if (last === undefined) throw new Error('internal: a sequence needs a layer');
  return {
    outputShape: last.outputShape,
    ...joinSpecs(layers),
    apply(state, input, context) {
      const statistics: NamedTensors = {};
      let h = input;
      for (const layer of layers) {
        const result = layer.apply(state, h, context);
        h = result.h;
        Object.assign(statistics, result.statistics);
      }
      return { h, statistics };
    },
  };
}

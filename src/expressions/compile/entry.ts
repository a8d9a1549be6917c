import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramResult } from '../../compiler/program.js';
import type { NamedSpecs, TensorSpec } from '../../compiler/tensors.js';
import { involved, type Draw, type Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import { siteOf } from '../source/position.js';
import type { Binding, Dimension } from '../types/dimension.js';
import type { TensorType } from '../types/tensor-type.js';
import { PROGRAM_NAME } from './bind-dimensions.js';
import { Emission } from './emission.js';

/** What one kind of call computes. */
export interface Entry {
  readonly program: Program;
  readonly results: readonly Term[];
  readonly draws: readonly Draw[];
  /** Shared variables: state of the program, or inputs of it. */
  readonly state: NamedSpecs;
  /** Types of what a call feeds. */
  readonly fed: ReadonlyMap<string, TensorType>;
  /** Where the source declares inputs and shared variables and draws random numbers, as `line:column`. */
  readonly leafSites: ReadonlyMap<string, string>;
}

export interface EntryDefinition {
  readonly outputs: ReadonlyMap<string, Term>;
  readonly updates: ReadonlyMap<string, Term>;
  /** Whether shared variables are inputs, so that the program has no state. */
  readonly sharedAsInputs: boolean;
}

const specAt = ({ dtype, shape }: TensorType, resolve: (length: Dimension) => number): TensorSpec => ({ dtype, shape: shape.map(resolve) });

const specsOf = (types: Iterable<readonly [string, TensorType]>, resolve: (length: Dimension) => number): NamedSpecs =>
  Object.fromEntries(Array.from(types, ([name, type]) => [name, specAt(type, resolve)]));

const sharedTypes = ({ shared }: ExpressionModule): [string, TensorType][] => Array.from(shared, ([name, { type }]) => [name, type]);

/** Name of what a call feeds for a term, if it is a leaf. */
const leafName = ({ definition }: Term): string | undefined => {
  if (definition.kind === 'input' || definition.kind === 'shared') return definition.name;
  return definition.kind === 'draw' ? definition.draw.input : undefined;
};

const drawsOf = (results: readonly Term[]): Draw[] => involved(results).flatMap(({ definition }) => (definition.kind === 'draw' ? [definition.draw] : []));

/** Lengths of the unknown dimensions, from the tensors of a call. */
const lengthsOf = ({ dimensions }: ExpressionModule, inputs: NamedTensors): Binding =>
  Object.fromEntries(Array.from(dimensions, ([name, { input, axis }]) => [name, inputs[input]!.shape[axis]!]));

/** Tensors for the terms that are fed. */
function givenTerms(results: readonly Term[], state: NamedTensors, inputs: NamedTensors): Map<Term, Tensor> {
  const given = new Map<Term, Tensor>();
  for (const term of involved(results)) {
    const name = leafName(term);
    if (name !== undefined) given.set(term, (state[name] ?? inputs[name])!);
  }
  return given;
}

/** A pure program over the inputs, shared variables and random numbers of an expression; any lengths. */
export function makeEntry(module: ExpressionModule, { outputs, updates, sharedAsInputs }: EntryDefinition): Entry {
  const results = [...outputs.values(), ...updates.values()];
  const draws = drawsOf(results);
  const named = (terms: ReadonlyMap<string, Term>, tensors: readonly Tensor[]): NamedTensors =>
    Object.fromEntries(Array.from(terms.keys(), (name, i) => [name, tensors[i]!]));
  const program: Program = {
    name: PROGRAM_NAME,
    apply(state, inputs): ProgramResult {
      const tensors = new Emission(lengthsOf(module, inputs), givenTerms(results, state, inputs)).tensors(results);
      return { outputs: named(outputs, tensors), state: named(updates, tensors.slice(outputs.size)) };
    },
  };
  const shared = sharedTypes(module);
  const fed = new Map([
    ...module.inputs, ...(sharedAsInputs ? shared : []), ...draws.map((draw) => [draw.input, { dtype: 'float32', shape: draw.shape }] as const),
  ]);
  const leafSites = new Map(involved(results).flatMap((term) => (leafName(term) === undefined ? [] : [[leafName(term)!, siteOf(term.at)]])));
  return { program, results, draws, fed, leafSites, state: sharedAsInputs ? {} : specsOf(shared, (length) => length.evaluate({})) };
}

/** What a call feeds, for known lengths. */
export const specsAtBinding = ({ fed }: Entry, binding: Binding): NamedSpecs => specsOf(fed, (length) => length.evaluate(binding));

/** What a call feeds with the one unknown dimension as the batch; nothing where a length is no multiple of it. */
export function specsForBatch({ fed }: Entry, dimension: string): NamedSpecs | undefined {
  const fits = [...fed.values()].every(({ shape }) => shape.every((length) => length.value !== undefined || length.factorOf(dimension) !== undefined));
  return fits ? specsOf(fed, (length) => length.value ?? -length.factorOf(dimension)!) : undefined;
}

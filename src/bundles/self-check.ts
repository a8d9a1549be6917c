import { engineFor } from '../compiler/engines.js';
import type { FamilyEntry } from '../compiler/program.js';
import { integer, Key, normal, uniform } from '../compiler/random/index.js';
import { atBatch, describeSpec, sizeOf } from '../compiler/signature.js';
import type { HostTensor, NamedHostTensors, NamedSpecs, TensorSpec } from '../compiler/tensors.js';
import { bundleSelfCheckFailed } from '../errors/bundles.errors.js';
import type { Manifest, SignatureDescription } from './manifest.js';
import type { Model } from './model.js';

/** Largest accepted |stored - eager| / |eager| (Euclidean norms over one output tensor). */
const TOLERANCE = 1e-4;
/**
 * For gradients: a rectifier or a maximum whose operands differ by one rounding error may switch, which changes a few
 * elements by much; wrong signs, scales and layouts are still far outside.
 */
const GRADIENT_TOLERANCE = 5e-2;
/** Root mean square below which a difference is not held against an output: gradients of sure predictions vanish. */
const FLOOR = 1e-5;

const CHECK_BATCH = 2;
const SHAPE_BATCHES = [1, 3] as const;

export interface SelfCheck {
  readonly programs: Readonly<Record<string, FamilyEntry>>;
  readonly parameters: NamedHostTensors;
}

/**
 * Holds a stored model against the programs it was made from: each signature gives the declared shapes at several batch
 * sizes, and the values of the program run eagerly by TensorFlow.js.
 * @throws bundle-self-check-failed
 */
export async function checkAgainstPrograms(model: Model, { programs, parameters }: SelfCheck): Promise<void> {
  for (const [signature, entry] of Object.entries(programs)) {
    const description = model.manifest.signatures[signature]!;
    const key = Key.from('self-check').fold(signature);
    for (const batch of SHAPE_BATCHES) {
      const outputs = await model.run(signature, randomInputs(entry.inputs, model.manifest, batch, key));
      checkShapes(signature, description, outputs, batch);
    }
    const inputs = randomInputs(entry.inputs, model.manifest, CHECK_BATCH, key);
    checkValues(signature, await model.run(signature, inputs), await runEagerly(entry, parameters, inputs));
  }
}

async function runEagerly(entry: FamilyEntry, parameters: NamedHostTensors, inputs: NamedHostTensors): Promise<NamedHostTensors> {
  const eager = await engineFor('wasm').compile(entry.program, { state: specsOf(parameters), inputs: entry.inputs }, { state: parameters });
  try {
    return await eager.run(inputs);
  } finally {
    await eager.dispose();
  }
}

export const specsOf = (tensors: NamedHostTensors): NamedSpecs =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

/** Inputs of a generator that are standard normal. */
const NORMAL_INPUTS: ReadonlySet<string> = new Set(['z', 'eps']);

/** float32 inside the model's input bounds, or standard normal for latent variables; int32 class indices, random bool. */
function randomInputs(specs: NamedSpecs, manifest: Manifest, batch: number, key: Key): NamedHostTensors {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [
    name, NORMAL_INPUTS.has(name) ? normalTensor(spec, batch, key.fold(name)) : randomTensor(spec, manifest, batch, key.fold(name)),
  ]));
}

function normalTensor({ shape }: TensorSpec, batch: number, key: Key): HostTensor {
  const fixed = atBatch(shape, batch);
  return { dtype: 'float32', shape: fixed, data: normal(key, sizeOf(fixed)) };
}

function randomTensor({ dtype, shape }: TensorSpec, manifest: Manifest, batch: number, key: Key): HostTensor {
  const fixed = atBatch(shape, batch);
  const count = sizeOf(fixed);
  const [low, high] = manifest.input.bounds;
  const indices = (n: number): number[] => Array.from({ length: count }, (_, i) => integer(key.fold(i), n));
  switch (dtype) {
    case 'float32': return { dtype, shape: fixed, data: uniform(key, count).map((u) => low + u * (high - low)) };
    case 'int32': return { dtype, shape: fixed, data: Int32Array.from(indices(manifest.classes.length)) };
    case 'bool': return { dtype, shape: fixed, data: Uint8Array.from(indices(2)) };
  }
}

function checkShapes(signature: string, description: SignatureDescription, outputs: NamedHostTensors, batch: number): void {
  for (const [name, spec] of Object.entries(description.outputs)) {
    const expected = describeSpec({ dtype: spec.dtype, shape: atBatch(spec.shape, batch) });
    const output = outputs[name];
    const found = output === undefined ? 'it is missing' : `it is ${describeSpec(output)}`;
    if (found !== `it is ${expected}`) throw bundleSelfCheckFailed(signature, name, `${found} for ${batch} examples`, expected);
  }
}

function checkValues(signature: string, stored: NamedHostTensors, eager: NamedHostTensors): void {
  for (const [name, expected] of Object.entries(eager)) {
    const tolerance = name === 'gradient' ? GRADIENT_TOLERANCE : TOLERANCE;
    const error = relativeError(stored[name]!, expected);
    if (!(error <= tolerance)) throw bundleSelfCheckFailed(signature, name, `it differs from the trained program by ${error.toExponential(1)}`, `${tolerance}`);
  }
}

/** |a - b| / max(|b|, FLOOR sqrt(n)); NaN when either holds one. */
function relativeError(a: HostTensor, b: HostTensor): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.data.length; i++) {
    difference += (a.data[i]! - b.data[i]!) ** 2;
    norm += b.data[i]! ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), FLOOR * Math.sqrt(Math.max(b.data.length, 1)));
}

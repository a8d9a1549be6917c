import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lowerToOnnx, type ExternalRange } from '../compiler/lower/index.js';
import { optimise } from '../compiler/passes/index.js';
import type { FamilyEntry } from '../compiler/program.js';
import { trace } from '../compiler/trace/index.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { checkPartNames, MANIFEST_FILE, signatureFile, WEIGHTS_FILE } from './bundle-parts.js';
import { loadBundle } from './load-bundle.js';
import { manifestSchema, type Manifest, type SignatureDescription } from './manifest.js';
import { writeSafetensors, type WrittenSafetensors } from './safetensors.js';
import { checkAgainstPrograms, specsOf } from './self-check.js';
import { onnxRuntime } from '../compiler/onnxruntime/library.js';

type Described = Pick<Manifest, 'name' | 'task' | 'generation' | 'input' | 'classes' | 'network' | 'training' | 'dataset' | 'metrics'>;

export interface BundleContents extends Described {
  /** Signature name -> program over `parameters`; every batch dimension of `inputs` is -1. */
  readonly programs: Readonly<Record<string, FamilyEntry>>;
  /** Everything the programs keep: trained parameters and running statistics. */
  readonly parameters: NamedHostTensors;
  /** Number of trained numbers; by default all of `parameters`. */
  readonly parameterCount?: number;
  /** Version of Rampart that trained the model. */
  readonly rampartVersion: string;
  /** Threads of the self-check; 0 or absent lets ONNX Runtime choose. */
  readonly threads?: number;
}

type Part = Manifest['parts'][number];

/**
 * Stores a model in `folder`: the weights once, and one ONNX graph per program that points into them. Before the folder
 * appears under its name the stored signatures are run and compared with the programs. Replaces what was in `folder`.
 * @throws what tracing and lowering throw, bundle-self-check-failed
 */
export async function writeBundle(folder: string, contents: BundleContents): Promise<Manifest> {
  const partial = join(dirname(folder), `.${basename(folder)}.${randomUUID()}`);
  await mkdir(partial, { recursive: true });
  try {
    const manifest = await writeParts(partial, contents);
    await writeDurably(join(partial, MANIFEST_FILE), Buffer.from(JSON.stringify(manifest, null, 2)));
    const model = await loadBundle(partial, { threads: contents.threads ?? 0, trusted: true });
    try {
      await checkAgainstPrograms(model, contents);
    } finally {
      await model.dispose();
    }
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function writeParts(folder: string, contents: BundleContents): Promise<Manifest> {
  const { programs, parameters, parameterCount, rampartVersion } = contents;
  const weights = await writeSafetensors(join(folder, WEIGHTS_FILE), parameters, { format: 'rampart' });
  const parts: Part[] = [{ file: WEIGHTS_FILE, bytes: weights.fileBytes, sha256: weights.sha256 }];
  const signatures: Record<string, SignatureDescription> = {};
  for (const [name, entry] of Object.entries(programs)) {
    const { onnx, description } = storedSignature(name, entry, specsOf(parameters), weights);
    await writeDurably(join(folder, description.file), onnx);
    parts.push({ file: description.file, bytes: onnx.byteLength, sha256: createHash('sha256').update(onnx).digest('hex') });
    signatures[name] = description;
  }
  const manifest = manifestSchema.parse({
    formatVersion: 1,
    ...describedBy(contents),
    parameterCount: parameterCount ?? Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0),
    signatures,
    parts,
    software: { rampart: rampartVersion, engine: 'onnx', onnxruntime: onnxRuntime().version },
    createdAt: new Date().toISOString(),
  });
  checkPartNames(manifest);
  return manifest;
}

function describedBy({ name, task, generation, input, classes, network, training, dataset, metrics }: Described): Described {
  return { name, task, generation, input, classes, network, training, dataset, metrics };
}

/** Parameters stay state through every pass, so no constant folding can copy them into the graph's file. */
function storedSignature(
  name: string, { program, inputs }: FamilyEntry, state: NamedSpecs, weights: WrittenSafetensors,
): { onnx: Uint8Array; description: SignatureDescription } {
  const { graph } = optimise(trace(program, { state, inputs }));
  if (Object.keys(graph.updates).length > 0) throw new Error(`internal: signature ${name} changes state`);
  const external: Record<string, ExternalRange> = {};
  for (const entry of weights.entries) external[entry.name] = { file: WEIGHTS_FILE, offset: entry.offset, length: entry.bytes };
  const copyOf = ({ dtype, shape }: NamedSpecs[string]): NamedSpec => ({ dtype, shape: [...shape] });
  const description = { file: signatureFile(name), inputs: mapSpecs(inputs, copyOf), outputs: mapSpecs(graph.outputs, copyOf) };
  return { onnx: lowerToOnnx(graph, { external }), description };
}

type NamedSpec = SignatureDescription['inputs'][string];

function mapSpecs(specs: Readonly<Record<string, NamedSpecs[string]>>, map: (spec: NamedSpecs[string]) => NamedSpec): Record<string, NamedSpec> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, map(spec)]));
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

import { createHash } from 'node:crypto';
import type { Norm } from '../attacks/attack.options.js';
import { ATTACKS } from '../attacks/run-attack.js';
import type { Manifest } from '../bundles/manifest.js';
import type { DatasetDescriptor } from '../datasets/dataset.js';
import type { EvaluationOptions } from './evaluation.options.js';
import type { PassResult } from './model-pass.js';
import type { Report } from './report.schema.js';
import type { Selection } from './selection.js';

/** SHA-256 over `file sha256` lines of all parts of a bundle, in the order of the manifest. */
export function modelDigest(manifest: Manifest): string {
  const lines = manifest.parts.map(({ file, sha256 }) => `${file} ${sha256}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

function modelHeader(id: string, manifest: Manifest): Report['header']['models'][number] {
  const { name, parts, input, parameterCount, network, training, software } = manifest;
  return {
    id,
    name,
    digest: modelDigest(manifest),
    parts,
    inputShape: input.shape,
    parameterCount,
    network,
    training: training ?? null,
    software: Object.fromEntries(Object.entries(software).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

export interface HeaderFacts {
  readonly options: EvaluationOptions;
  readonly manifests: readonly { readonly id: string; readonly manifest: Manifest }[];
  readonly descriptor: DatasetDescriptor;
  readonly datasetId: string | null;
  readonly available: number;
  readonly selection: Selection;
  readonly epsilons: readonly number[];
  readonly budget: PassResult['budget'];
  readonly software: Readonly<Record<string, string>>;
}

/** Settings, kind and schedule of each attack, as the report lists them. */
function attackHeaders({ options }: HeaderFacts): Report['header']['attacks'] {
  return options.attacks.map((settings) => {
    const attack = ATTACKS[settings.name];
    return { settings, kind: attack.kind, ...attack.schedule(settings) };
  });
}

/** Everything a reader must know to repeat the evaluation and to know what its numbers are about. */
export function reportHeader(facts: HeaderFacts): Report['header'] {
  const { options, descriptor, selection, epsilons } = facts;
  const norm: Norm = options.norm;
  const [low, high] = facts.manifests[0]!.manifest.input.bounds;
  return {
    threatModel: {
      norm,
      epsilons: [...epsilons],
      inputBounds: [low, high],
      knowledge: 'white-box',
      goal: 'untargeted',
      budget: { ...facts.budget },
    },
    preprocessing: `None outside the models: they take raw inputs in [${low}, ${high}], and epsilon is measured there.`,
    dataset: {
      id: facts.datasetId,
      name: descriptor.name,
      digest: descriptor.digest,
      split: options.split,
      n: selection.indices.length,
      available: facts.available,
      selection: selection.rule,
      indicesSha256: selection.sha256,
      classes: [...descriptor.classes],
    },
    models: facts.manifests.map(({ id, manifest }) => modelHeader(id, manifest)),
    attacks: attackHeaders(facts),
    seeds: { evaluation: options.seed },
    batchSize: options.batchSize,
    software: { ...facts.software },
  };
}

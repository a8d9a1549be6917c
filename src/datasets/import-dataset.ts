import { open, rename, rm } from 'node:fs/promises';
import { CONSTANT_FEATURES, EXAMPLE_SHAPE_MISMATCH, SPLIT_RULE_CONFLICT, TOO_FEW_CLASSES } from '../errors/datasets.errors.js';
import {
  exampleBytes, examplesPath, finishFolder, stagingPath, writingFolder, type DatasetFacts,
} from './canonical-folder.js';
import type { UploadOptions } from './dataset.options.js';
import { SPLITS, type DatasetDescriptor, type SplitName } from './dataset.js';
import { ExampleFile } from './example-file.js';
import { checkRoles, type DatasetFile, type FileRole } from './file-roles.js';
import { CIFAR10_CLASSES, readCifar10 } from './formats/cifar10.js';
import { ClassIndex } from './formats/class-index.js';
import { readCsv } from './formats/csv.js';
import type { SourceExamples } from './formats/examples.js';
import { readIdx } from './formats/idx.js';
import { DEFAULT_DATASET_LIMITS, type DatasetLimits } from './limits.js';
import { assignSplits, histogram } from './split-assignment.js';

const DEFAULT_TEST_FRACTION = 0.2;
const COPY_BYTES = 256 * 1024;

/** How one import reads its files and names its classes. */
interface ImportPlan {
  read(part: 'train' | 'test', target: ExampleFile): Promise<SourceExamples>;
  /** Class names; may bring the labels into their order. */
  classes(sources: readonly SourceExamples[]): readonly string[];
}

/**
 * Imports uploaded files into `folder` in canonical form, streaming: of the data only labels are held in memory.
 * The same files and options give the same bytes and digest. On failure nothing is left in `folder`.
 *
 * @throws the errors of `datasets.errors.ts`, which name file, place and what is accepted.
 */
export async function importDataset(
  options: UploadOptions, files: readonly DatasetFile[], folder: string, limits: DatasetLimits = DEFAULT_DATASET_LIMITS,
): Promise<DatasetDescriptor> {
  checkRoles(options.format, files);
  const hasTestFiles = files.some(({ role }) => role.startsWith('test'));
  const { testFraction, validationFraction } = options.split;
  if (hasTestFiles && (testFraction ?? 0) > 0) throw SPLIT_RULE_CONFLICT(testFraction!);
  const fractions = { validation: validationFraction, test: hasTestFiles ? 0 : (testFraction ?? DEFAULT_TEST_FRACTION) };
  const plan = planOf(options, files, limits);
  return writingFolder(folder, async () => {
    const train = await ExampleFile.with(stagingPath(folder), (target) => plan.read('train', target));
    const test = hasTestFiles ? await ExampleFile.with(examplesPath(folder, 'test'), (target) => plan.read('test', target)) : undefined;
    const facts = factsOf(options.name, plan, train, test);
    const labels =
      fractions.validation + fractions.test === 0
        ? await keepWhole(folder, train.labels)
        : await divide(folder, train, assignSplits(train.labels, facts.classes.length, fractions, options.split.seed));
    if (test !== undefined) labels.set('test', test.labels);
    return finishFolder(folder, facts, labels);
  });
}

function planOf(options: UploadOptions, files: readonly DatasetFile[], limits: DatasetLimits): ImportPlan {
  const all = (role: FileRole): DatasetFile[] => files.filter((file) => file.role === role);
  switch (options.format) {
    case 'idx':
      return {
        read: (part, target) => readIdx(all(`${part}-images`)[0]!, all(`${part}-labels`)[0]!, options.classes?.length, target, limits),
        classes: (sources) => options.classes ?? numberedClasses(sources),
      };
    case 'cifar10':
      return {
        read: (part, target) => readCifar10(all(part), target, limits),
        classes: () => options.classes ?? CIFAR10_CLASSES,
      };
    case 'csv': {
      const index = new ClassIndex(options.classes, limits.maxClasses);
      return {
        read: (part, target) => readCsv(options, all(part), index, target, limits),
        classes: (sources) => {
          for (const { labels } of sources) index.finish(labels);
          return index.names();
        },
      };
    }
  }
}

/** '0' ... 'n' for the largest label n. */
function numberedClasses(sources: readonly SourceExamples[]): string[] {
  const largest = sources.reduce((high, { labels }) => labels.reduce((a, b) => Math.max(a, b), high), 0);
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}

/** What the sources say together. @throws example-shape-mismatch, too-few-classes, constant-features */
function factsOf(name: string, plan: ImportPlan, train: SourceExamples, test: SourceExamples | undefined): DatasetFacts {
  const sources = test === undefined ? [train] : [train, test];
  const { kind, exampleShape, storage } = train;
  if (test !== undefined && test.exampleShape.join() !== exampleShape.join()) throw EXAMPLE_SHAPE_MISMATCH(exampleShape, test.exampleShape);
  const classes = plan.classes(sources);
  const occurring = histogram(train.labels, classes.length).filter((count) => count > 0).length;
  if (occurring < 2) throw TOO_FEW_CLASSES(occurring);
  const low = Math.min(...sources.map(({ range }) => range[0]));
  const high = Math.max(...sources.map(({ range }) => range[1]));
  if (low === high) throw CONSTANT_FEATURES(low);
  return { name, kind, exampleShape, storage, bounds: [low, high], classes };
}

async function keepWhole(folder: string, labels: Uint16Array): Promise<Map<SplitName, Uint16Array>> {
  await rename(stagingPath(folder), examplesPath(folder, 'train'));
  return new Map([['train', labels]]);
}

/** Distributes the staged examples over split files, keeping their order within each. */
async function divide(folder: string, source: SourceExamples, assignment: Uint8Array): Promise<Map<SplitName, Uint16Array>> {
  const present = SPLITS.filter((_, i) => assignment.includes(i));
  const targets = new Map<SplitName, ExampleFile>();
  try {
    for (const split of present) targets.set(split, await ExampleFile.create(examplesPath(folder, split)));
    await route(stagingPath(folder), exampleBytes(source), assignment, SPLITS.map((split) => targets.get(split)));
  } finally {
    for (const target of targets.values()) await target.close();
  }
  await rm(stagingPath(folder));
  return new Map(present.map((split) => [split, source.labels.filter((_, i) => assignment[i] === SPLITS.indexOf(split))]));
}

async function route(path: string, bytes: number, assignment: Uint8Array, targets: readonly (ExampleFile | undefined)[]): Promise<void> {
  const perRead = Math.max(1, Math.floor(COPY_BYTES / bytes));
  const buffer = Buffer.alloc(perRead * bytes);
  const handle = await open(path, 'r');
  try {
    for (let first = 0; first < assignment.length; first += perRead) {
      const count = Math.min(perRead, assignment.length - first);
      for (let read = 0; read < count * bytes; ) {
        const { bytesRead } = await handle.read(buffer, read, count * bytes - read, first * bytes + read);
        if (bytesRead === 0) throw new Error('internal: the staged examples are shorter than their labels');
        read += bytesRead;
      }
      for (let i = 0; i < count; i++) await targets[assignment[first + i]!]!.append(buffer.subarray(i * bytes, (i + 1) * bytes));
    }
  } finally {
    await handle.close();
  }
}

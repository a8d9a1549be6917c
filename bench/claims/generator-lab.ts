/** What the claims about generators share: image data, independent classifiers, training and judging as the service does it. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { importDataset } from '../../src/datasets/import-dataset.js';
import { headlineOf } from '../../src/evaluation/generators/evaluate-generators.js';
import { generatorReportSchema, type GeneratorResult } from '../../src/evaluation/generators/generator-report.schema.js';
import type { JobObserver } from '../../src/observer/job-observer.js';
import { computeGeneratorEvaluation } from '../../src/workers/compute/generator-evaluation.js';
import { computeTraining } from '../../src/workers/compute/training.js';
import type { ClaimResult } from './harness.js';

export type ImageSet = 'mnist' | 'fashion-mnist';

export const silent: JobObserver = {
  event: () => undefined, progress: () => undefined, metrics: () => undefined, picture: () => Promise.resolve(), checkpoint: () => Promise.resolve(),
};

const ROLES = { 'train-images': 'train-images-idx3', 'train-labels': 'train-labels-idx1', 'test-images': 't10k-images-idx3', 'test-labels': 't10k-labels-idx1' } as const;

/** A bundle on disk, as jobs refer to it. */
export interface Stored {
  readonly id: string;
  readonly digest: string;
  readonly folder: string;
}

/** One data set in a folder of its own, and what is trained on it. */
export class GeneratorLab {
  private constructor(private readonly name: ImageSet, private readonly folder: string, readonly digest: string) {}

  /** Takes `trainingImages` of the 60,000 by a seeded shuffle; the rest is the validation split, which nothing reads. */
  static async open(name: ImageSet, trainingImages: number, folder: string): Promise<GeneratorLab> {
    const source = resolve(process.env.RAMPART_DATA_SETS ?? '../shared/data', name);
    if (!existsSync(source)) throw new Error(`no files of ${name} at ${source}; set RAMPART_DATA_SETS`);
    const files = Object.entries(ROLES).map(([role, file]) => ({
      role: role as keyof typeof ROLES, name: file, open: () => createReadStream(join(source, `${file}-ubyte.gz`)),
    }));
    const { digest } = await importDataset({ name, format: 'idx', split: { validationFraction: 1 - trainingImages / 60_000, seed: 1 } }, files, join(folder, 'dataset'));
    return new GeneratorLab(name, folder, digest);
  }

  private get dataset(): { id: string; folder: string } {
    return { id: 'images', folder: join(this.folder, 'dataset') };
  }

  /** Trains what the options say, without validating on the way, and stores it. */
  async train(id: string, options: Readonly<Record<string, unknown>>, classifier?: Stored): Promise<Stored> {
    const folder = join(this.folder, id);
    const result = await computeTraining({
      kind: 'training', name: id, dataset: this.dataset, folder, threads: 1, engine: { name: 'onnx', device: 'cpu' }, classifier, expressionLimits: {},
      options: { validation: { everySteps: 1_000_000 }, checkpoint: { everySeconds: 86_400 }, ...options },
    }, silent, new AbortController().signal);
    if (result.kind !== 'training') throw new Error(`${id} ended as ${result.kind}`);
    const manifest = await readFile(join(result.bundleFolder, 'manifest.json'));
    return { id, digest: createHash('sha256').update(manifest).digest('hex'), folder: result.bundleFolder };
  }

  /** Judges one stored generator with the eyes of `judge`; pictures go to `<folder of the lab>/<model id>-report/gallery`. */
  async judge(model: Stored, judge: Stored, options: Readonly<Record<string, unknown>>): Promise<GeneratorResult> {
    const folder = this.reportOf(model);
    await computeGeneratorEvaluation({
      kind: 'generator-evaluation', models: [model], classifier: judge, dataset: this.dataset, folder, threads: 1,
      options: { models: [model.id], classifier: judge.id, dataset: 'images', ...options },
    }, silent, new AbortController().signal);
    const report = generatorReportSchema.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
    return report.results[0]!;
  }

  /** Copies the pictures of a judged model to `<to>/<data set>-<arm>-<kind>.png`, and the real examples to `<to>/<data set>-examples.png`. */
  async keepGallery(model: Stored, to: string, arm: string): Promise<void> {
    const gallery = join(this.reportOf(model), 'gallery');
    await mkdir(to, { recursive: true });
    for (const file of await readdir(gallery)) await copyFile(join(gallery, file), join(to, `${this.name}-${file.replace(/^\d+-/, `${arm}-`)}`));
  }

  private reportOf({ id }: Stored): string {
    return join(this.folder, `${id}-report`);
  }
}

/** The figures of a result that claims speak of; `blur` is |1 - sharpness of reconstructions|. */
export function figuresOfClaims(result: GeneratorResult): Record<string, number> {
  const { samples, inference } = result;
  return {
    ...headlineOf(result),
    ...(samples.features && { confidence: samples.features.meanConfidence }),
    ...(samples.similarity !== null && { similarity: samples.similarity }),
    ...(inference && { largestMean: inference.posterior.largestMean, leastDeviation: inference.posterior.deviations[0], largestDeviation: inference.posterior.deviations[1] }),
    ...(typeof inference?.sharpness === 'number' && { blur: Math.abs(1 - inference.sharpness) }),
  };
}

/** Figures `name@20` of the arm `gibbsnet` as figures `name` of an arm `gibbsnet@20`, so that claims may compare them. */
export function splitByChain(results: readonly ClaimResult[]): ClaimResult[] {
  return results.flatMap((result) => {
    const arms = new Map<string, Record<string, number>>();
    for (const [key, value] of Object.entries(result.values)) {
      const [name, steps] = key.split('@') as [string, string | undefined];
      const arm = steps === undefined ? result.arm : `${result.arm}@${steps}`;
      arms.set(arm, { ...arms.get(arm), [name]: value });
    }
    return [...arms].map(([arm, values]) => ({ ...result, arm, values }));
  });
}

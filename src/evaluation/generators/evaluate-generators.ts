import { mkdir } from 'node:fs/promises';
import { CancellableModel } from '../../bundles/cancellable-model.js';
import type { Manifest } from '../../bundles/manifest.js';
import type { Model } from '../../bundles/model.js';
import { Key } from '../../compiler/random/index.js';
import type { Dataset } from '../../datasets/dataset.js';
import { Generator } from '../../generation/index.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { accuracy } from '../metrics/accuracy.js';
import { modelDigest } from '../report-header.js';
import { checkGeneratorEvaluation } from './check-generator-evaluation.js';
import { openFeatureSpace, type ClassifierSource, type FeatureSpace } from './feature-space.js';
import { drawGeneratorGallery, type GalleryRows } from './gallery.js';
import type { GeneratorEvaluationOptions } from './generator-evaluation.options.js';
import { generatorReportSchema, type GeneratorReport, type GeneratorResult } from './generator-report.schema.js';
import { scoreInference } from './inference-scores.js';
import { LIMITS, modelNotes, sharedNotes } from './notes.js';
import { readRealData, type RealData } from './real-data.js';
import { featureScores, meanSimilarity, scoreSamples, type Comparison } from './sample-scores.js';
import { writeGeneratorReport } from './write-generator-report.js';

/** One evaluation: generators opened in the order of `options.models`, and an existing or new folder for its files. */
export interface GeneratorEvaluationTask {
  readonly models: readonly { readonly id: string; readonly model: Model }[];
  readonly classifier?: ClassifierSource | undefined;
  readonly dataset: Dataset;
  readonly options: GeneratorEvaluationOptions;
  readonly folder: string;
  /** Threads inside one kernel; 0 or absent lets ONNX Runtime choose. */
  readonly threads?: number;
  /** Versions to print in the report, e.g. of Rampart, the engine and Node.js. */
  readonly software: Readonly<Record<string, string>>;
}

interface Judged {
  readonly manifest: Manifest;
  readonly result: GeneratorResult;
  readonly rows: GalleryRows;
}

/** Steps of progress for each model: samples, then inference. */
const STEPS = 2;

async function judge({ id, model }: GeneratorEvaluationTask['models'][number], comparison: Comparison, onStep: () => void): Promise<Judged> {
  const start = performance.now();
  const generator = new Generator(model);
  const { scores: samples, rows } = await scoreSamples(generator, comparison);
  onStep();
  const inferred = await scoreInference(model, generator, comparison);
  onStep();
  const seconds = (performance.now() - start) / 1000;
  return {
    manifest: model.manifest,
    result: { model: id, samples, inference: inferred?.scores ?? null, seconds },
    rows: { model: id, samples: rows, reconstructions: inferred?.reconstructions },
  };
}

/** Figures that a model may be followed by in metrics and lists. */
export function headlineOf({ samples, inference }: GeneratorResult): Record<string, number> {
  const { manifold, features, memorisation } = samples;
  const figures: Readonly<Record<string, number | undefined>> = {
    inceptionScore: features?.inceptionScore.mean,
    frechetDistance: features?.frechetDistance,
    precision: manifold.precision,
    recall: manifold.recall,
    density: manifold.density,
    coverage: manifold.coverage,
    copying: memorisation?.copying,
    squaredError: inference?.squaredError,
    labelAgreement: inference?.labelAgreement?.value,
    iwae: inference?.likelihood?.iwae,
    probe: inference?.probe?.accuracy.value,
  };
  return Object.fromEntries(Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

async function judgeAll(task: GeneratorEvaluationTask, comparison: Comparison, observer: JobObserver, signal: AbortSignal): Promise<Judged[]> {
  const totalSteps = STEPS * task.models.length;
  let step = 0;
  const onStep = (): void => {
    signal.throwIfAborted();
    observer.progress({ step: ++step, totalSteps });
  };
  const judged: Judged[] = [];
  for (const [m, entry] of task.models.entries()) {
    const done = await judge({ id: entry.id, model: new CancellableModel(entry.model, signal) }, comparison, onStep);
    const figures = Object.entries(headlineOf(done.result));
    observer.metrics(m + 1, Object.fromEntries(figures.map(([name, value]) => [`${entry.id}/${name}`, value])));
    observer.event('info', `Evaluated ${done.manifest.name}`, { model: entry.id, ...Object.fromEntries(figures) });
    judged.push(done);
  }
  return judged;
}

function headerOf({ models, dataset, options, software }: GeneratorEvaluationTask, classifier: FeatureSpace | undefined, real: RealData): GeneratorReport['header'] {
  const { descriptor } = dataset;
  return {
    dataset: {
      id: options.dataset,
      name: descriptor.name,
      digest: descriptor.digest,
      split: options.split,
      n: real.examples.labels.length,
      available: dataset.split(options.split).count,
      indicesSha256: real.selection.sha256,
      classes: [...descriptor.classes],
    },
    models: models.map(({ id, model: { manifest } }) => {
      const { name, generation, parameterCount, training } = manifest;
      if (generation === undefined) throw new Error('internal: a model without a generation block was judged as a generator');
      const { method, latent, conditional } = generation;
      return { id, name, digest: modelDigest(manifest), method, latent, conditional, parameterCount, training: training ?? null };
    }),
    classifier: classifier === undefined || real.described === undefined ? null : {
      id: classifier.id,
      name: classifier.manifest.name,
      digest: modelDigest(classifier.manifest),
      features: classifier.name,
      width: classifier.width,
      accuracy: accuracy(real.examples.labels, real.described.labels),
    },
    options,
    software: { ...software },
  };
}

/** The figures of training examples in place of samples. */
async function referenceOf(comparison: Comparison): Promise<GeneratorReport['reference']> {
  const { real, classifier, key } = comparison;
  const seen = real.training && (await classifier?.describe(real.training.values));
  return {
    features: seen && classifier && real.described ? featureScores(seen, real.described, classifier) : null,
    similarity: meanSimilarity(real.training?.values ?? real.examples.values, comparison, key.fold('pairs')),
  };
}

async function evaluateWith(task: GeneratorEvaluationTask, classifier: FeatureSpace | undefined, observer: JobObserver, signal: AbortSignal): Promise<GeneratorReport> {
  const start = performance.now();
  const { options, dataset, folder } = task;
  const key = Key.from(options.seed);
  const real = await readRealData(dataset, options, classifier, key);
  const comparison: Comparison = { options, real, classifier, shape: dataset.descriptor.exampleShape, key };
  const header = headerOf(task, classifier, real);
  const reference = await referenceOf(comparison);
  signal.throwIfAborted();
  const judged = await judgeAll(task, comparison, observer, signal);
  const gallery = await drawGeneratorGallery(judged.map(({ rows }) => rows), real, dataset.descriptor.exampleShape, options.gallerySize, folder);
  return generatorReportSchema.parse({
    formatVersion: 1,
    title: options.name ?? `Quality of ${header.models.map(({ name }) => name).join(', ')}`,
    createdAt: new Date().toISOString(),
    header,
    reference,
    results: judged.map(({ result }) => result),
    gallery,
    notes: [
      ...sharedNotes({ header, samples: options.samples }),
      ...judged.flatMap(({ result, manifest }) => modelNotes({ result, manifest, report: { header, reference } })),
    ],
    limits: [...LIMITS],
    seconds: (performance.now() - start) / 1000,
  } satisfies GeneratorReport);
}

/**
 * Judges generators by their samples, reconstructions and latents, and writes into `folder`: `report.json`, `report.html`,
 * `report.md`, `metrics.csv`, `gallery/*.png`.
 *
 * @param signal aborts within one call of a signature or one computation over features; the promise then rejects with its reason
 * @throws the errors of `checkGeneratorEvaluation`; generated-not-finite, model-output-not-finite
 */
export async function evaluateGenerators(task: GeneratorEvaluationTask, observer: JobObserver, signal: AbortSignal): Promise<GeneratorReport> {
  const { models, dataset, options, folder, threads } = task;
  checkGeneratorEvaluation(models.map(({ model }) => model.manifest), task.classifier?.model.manifest, dataset.descriptor, options);
  await mkdir(folder, { recursive: true });
  const eyes = task.classifier && { ...task.classifier, model: new CancellableModel(task.classifier.model, signal) };
  const classifier = eyes && (await openFeatureSpace(eyes, options.features, threads));
  try {
    const report = await evaluateWith(task, classifier, observer, signal);
    await writeGeneratorReport(report, folder);
    for (const { severity, message, code, model } of report.notes) observer.event(severity === 'warning' ? 'warn' : 'info', message, { code, model });
    return report;
  } finally {
    await classifier?.dispose();
  }
}

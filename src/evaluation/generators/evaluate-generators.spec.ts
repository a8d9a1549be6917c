import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../bundles/model.js';
import { recordingObserver } from '../testing/recording-observer.js';
import { nearestMeanModel, shapesDataset } from '../testing/shapes.js';
import { evaluateGenerators } from './evaluate-generators.js';
import { generatorEvaluationOptions, type GeneratorEvaluationRequest } from './generator-evaluation.options.js';
import { generatorReportJsonSchema, generatorReportSchema, type GeneratorReport, type GeneratorResult, type NoteCode } from './generator-report.schema.js';
import { shapeGenerator, splitShapes } from './testing/shape-generators.js';

const dataset = splitShapes(360, 300);
const fresh = shapesDataset(900, 23);
const models: Readonly<Record<string, Model>> = {
  fair: shapeGenerator({ name: 'fair', pool: fresh }),
  copier: shapeGenerator({ name: 'copier', pool: dataset, split: 'train' }),
  collapsed: shapeGenerator({ name: 'collapsed', pool: shapesDataset(12, 24), classes: 1, method: 'gan' }),
};
const judge = nearestMeanModel('judge', 200, 2);
const folders: string[] = [];

async function run(names: readonly string[], request: Partial<GeneratorEvaluationRequest> = {}, { eyes = true, signal = new AbortController().signal, known = models, data = dataset } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'rampart-generators-'));
  folders.push(folder);
  const options = generatorEvaluationOptions.parse({
    models: names, dataset: 'shapes', samples: 300, similarityPairs: 60, draws: 8, likelihoodExamples: 5, gallerySize: 6, seed: 3, ...request,
  });
  const observer = recordingObserver();
  const report = await evaluateGenerators({
    models: names.map((id) => ({ id, model: known[id]! })),
    classifier: eyes ? { id: 'judge', model: judge, rebuilt: undefined } : undefined,
    dataset: data, options, folder, software: { rampart: '0.1.0' },
  }, observer, signal);
  return { report, folder, observer };
}

const resultOf = ({ results }: GeneratorReport, id: string): GeneratorResult => results.find(({ model }) => model === id)!;
const codesOf = ({ notes }: GeneratorReport, id: string | null): NoteCode[] => notes.filter(({ model }) => model === id).map(({ code }) => code);

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describe('an evaluation of a fair model, a copier and a collapsed one', () => {
  let done: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    done = await run(['fair', 'copier', 'collapsed']);
  });

  it('finds the fair model as good as training examples', () => {
    const { samples } = resultOf(done.report, 'fair');
    const { reference } = done.report;
    expect(samples.features!.inceptionScore.mean).toBeGreaterThan(0.8 * reference.features!.inceptionScore.mean);
    expect(samples.features!.frechetDistance).toBeLessThan(3 * reference.features!.frechetDistance);
    expect(samples.manifold.space).toBe('logits');
    expect(samples.manifold.precision).toBeGreaterThan(0.85);
    expect(samples.manifold.coverage).toBeGreaterThan(0.75);
    expect(samples.sharpness).toBeCloseTo(1, 1);
    expect(Math.abs(samples.similarity! - reference.similarity!)).toBeLessThan(0.1);
    expect(codesOf(done.report, 'fair')).not.toContain('COLLAPSED');
    expect(codesOf(done.report, 'fair')).not.toContain('COPIES');
  });

  it('convicts the copier by its distances to the training set only', () => {
    const { samples } = resultOf(done.report, 'copier');
    expect(samples.manifold.precision).toBeGreaterThan(0.85);
    expect(samples.memorisation!.copying).toBeLessThan(-10);
    expect(samples.memorisation!.nearerToTraining.value).toBeGreaterThan(0.8);
    expect(codesOf(done.report, 'copier')).toContain('COPIES');
    expect(Math.abs(resultOf(done.report, 'fair').samples.memorisation!.copying)).toBeLessThan(3);
  });

  it('finds the collapsed model precise and without variety', () => {
    const { samples, inference } = resultOf(done.report, 'collapsed');
    expect(samples.features!.inceptionScore.mean).toBeLessThan(done.report.reference.features!.inceptionScore.mean / 2);
    expect(samples.features!.frechetDistance).toBeGreaterThan(10 * resultOf(done.report, 'fair').samples.features!.frechetDistance);
    expect(samples.manifold.coverage).toBeLessThan(0.3);
    expect(samples.similarity).toBeGreaterThan(done.report.reference.similarity! + 0.1);
    expect(inference).toBeNull();
    expect(codesOf(done.report, 'collapsed')).toEqual(['COLLAPSED', 'NO_ENCODER']);
  });

  it('judges latents: the class is in them, two coordinates are idle, the aggregate is not the prior', () => {
    const { inference } = resultOf(done.report, 'fair');
    expect(inference!.posterior.activeUnits).toBe(6);
    expect(inference!.posterior.deviations[0]).toBeCloseTo(0.1, 5);
    expect(inference!.probe).toMatchObject({ labels: 360 });
    expect(inference!.probe!.accuracy.value).toBeGreaterThan(0.8);
    expect(inference!.labelAgreement!.value).toBeGreaterThan(0.8);
    expect(inference!.likelihood).toMatchObject({ draws: 8, n: 5 });
    expect(inference!.likelihood!.iwae).toBeGreaterThan(inference!.likelihood!.elbo);
    expect(codesOf(done.report, 'fair')).toEqual(expect.arrayContaining(['PRIOR_MISMATCH', 'PIXEL_DENSITY']));
  });

  it('says whose eyes it used', () => {
    expect(done.report.header.classifier).toMatchObject({ id: 'judge', name: 'judge', features: 'logits', width: 6 });
    expect(codesOf(done.report, null)).toContain('CLASSIFIER_FEATURES');
    expect(done.report.notes.find(({ code }) => code === 'CLASSIFIER_FEATURES')!.message).toContain('not of Inception');
  });

  it('writes every form of the report, and JSON by the published schema', async () => {
    expect((await readdir(done.folder)).sort()).toEqual(['gallery', 'metrics.csv', 'report.html', 'report.json', 'report.md']);
    const json: unknown = JSON.parse(await readFile(path.join(done.folder, 'report.json'), 'utf8'));
    expect(generatorReportSchema.parse(json)).toEqual(done.report);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(generatorReportJsonSchema());
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    const csv = (await readFile(path.join(done.folder, 'metrics.csv'), 'utf8')).trim().split('\n');
    expect(csv[0]).toBe('model,figure,value');
    expect(csv).toContain(`fair,samples.manifold.precision,${resultOf(done.report, 'fair').samples.manifold.precision}`);
    expect(csv.filter((line) => line.startsWith('collapsed,inference'))).toEqual([]);
  });

  it('draws grids of equal places, the copier beside its originals', async () => {
    const { gallery } = done.report;
    const at = gallery!.models.findIndex(({ model }) => model === 'copier');
    const pixelsOf = (file: string) => sharp(path.join(done.folder, file)).raw().toBuffer({ resolveWithObject: true });
    const [samples, nearest] = [await pixelsOf(gallery!.models[at]!.samples), await pixelsOf(gallery!.models[at]!.nearest!)];
    expect(samples.info).toMatchObject({ width: (8 * 17 + 1) * 3, height: 18 * 3 });
    expect(samples.data.equals(nearest.data)).toBe(true);
    expect(gallery!.models.find(({ model }) => model === 'collapsed')!.reconstructions).toBeNull();
  });

  it('reports progress, metrics and warnings on the way', () => {
    expect(done.observer.steps.map(({ step, totalSteps }) => [step, totalSteps])).toEqual([1, 2, 3, 4, 5, 6].map((step) => [step, 6]));
    expect(done.observer.events.filter(({ level }) => level === 'warn').length).toBe(done.report.notes.filter(({ severity }) => severity === 'warning').length);
  });
});

describe('an evaluation', () => {
  it('repeats for a seed and differs for another', async () => {
    const figures = async (seed: number) => (await run(['fair'], { seed })).report.results.map(({ samples, inference }) => ({ samples, inference }));
    const first = await figures(5);
    expect(await figures(5)).toEqual(first);
    expect(await figures(6)).not.toEqual(first);
  });

  it('does without a classifier: pixels in place of features', async () => {
    const { report } = await run(['fair'], {}, { eyes: false });
    const { samples, inference } = report.results[0]!;
    expect(samples).toMatchObject({ features: null, classAgreement: null, manifold: { space: 'pixels' } });
    expect(inference).toMatchObject({ labelAgreement: null });
    expect(report.header.classifier).toBeNull();
    expect(codesOf(report, null)).toEqual(['NO_CLASSIFIER']);
  });

  it('asks a conditional model for the classes it drew, and its latents nothing', async () => {
    const known = { obedient: shapeGenerator({ name: 'obedient', pool: fresh, conditional: true }) };
    const { report } = await run(['obedient'], {}, { known });
    const { samples, inference } = report.results[0]!;
    expect(samples.classAgreement!.value).toBeGreaterThan(0.8);
    expect(inference!.probe).toBeNull();
  });

  it('compares the classes that a model draws with its pictures, and gives its encoder none', async () => {
    const known = { drawing: shapeGenerator({ name: 'drawing', pool: fresh, attributes: true }) };
    const { report } = await run(['drawing'], {}, { known });
    const { samples, inference } = report.results[0]!;
    expect(samples.classAgreement!.value).toBeGreaterThan(0.8);
    expect(inference!.probe!.accuracy.value).toBeGreaterThan(0.8);
  });

  it('compares with the training split without testing for copies of it', async () => {
    const { report } = await run(['fair'], { split: 'train' });
    expect(report.reference.features).toBeNull();
    expect(report.results[0]!).toMatchObject({ samples: { memorisation: null }, inference: { probe: null } });
    expect(report.gallery!.models[0]!.nearest).toBeNull();
  });

  it('needs no more than 20 rows of each kind, and does without a training split', async () => {
    const small = splitShapes(19, 20);
    const { report } = await run(['fair'], { samples: 20, neighbours: 15, likelihoodExamples: 0, similarityPairs: 0, gallerySize: 0 }, { data: small });
    expect(report.header.dataset.n).toBe(20);
    expect(report.reference).toEqual({ features: null, similarity: null });
    expect(report.results[0]).toMatchObject({ samples: { memorisation: null, similarity: null }, inference: { probe: null, likelihood: null } });
    expect(report.gallery).toBeNull();
    expect(codesOf(report, null)).toContain('FEW_ROWS');
  });

  it('warns of a model that was trained to please the judge, and of other data', async () => {
    const known = { pleasing: { ...models['fair']!, manifest: {
      ...models['fair']!.manifest,
      generation: { ...models['fair']!.manifest.generation!, classifier: { id: 'judge', digest: 'ab' } },
      dataset: { name: 'other', digest: 'cd' },
    } } };
    const { report } = await run(['pleasing'], {}, { known });
    expect(codesOf(report, 'pleasing')).toEqual(expect.arrayContaining(['SAME_CLASSIFIER', 'OTHER_DATA']));
  });

  it('stops when asked, with the reason', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(run(['fair'], {}, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../bundles/model.js';
import { checkEvaluation } from './check-evaluation.js';
import { evaluate } from './evaluate.js';
import { evaluationOptions, type EvaluationRequest } from './evaluation.options.js';
import { reportJsonSchema, reportSchema, type Report } from './report.schema.js';
import { nearestMeanModel, shapesDataset } from './testing/shapes.js';
import { recordingObserver, type RecordingObserver } from './testing/recording-observer.js';

const dataset = shapesDataset(300);
const good = nearestMeanModel('good', 200, 2);
const poor = nearestMeanModel('poor', 1, 2);
const folders: string[] = [];

async function run(
  request: Partial<EvaluationRequest> = {},
  models: Record<string, Model> = { good, poor },
  observer: RecordingObserver = recordingObserver(),
  signal = new AbortController().signal,
): Promise<{ report: Report; folder: string; observer: RecordingObserver }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rampart-evaluation-'));
  folders.push(folder);
  const options = evaluationOptions.parse({ models: Object.keys(models), dataset: 'shapes', batchSize: 64, ...request });
  const list = Object.entries(models).map(([id, model]) => ({ id, model }));
  const report = await evaluate({ models: list, dataset, options, folder, software: { rampart: '0.1.0' } }, observer, signal);
  return { report, folder, observer };
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Markup in a comment: a page must show it as text. */
const MARGIN = `# largest other logit - logit of the label, <b>not</b> the loss
input logits: float32[n, k]
input targets: float32[n, k]
output objective = max(where(targets > 0.5, -1e9, logits), axis: 1) - sum(logits * targets, axis: 1)`;

describe('an evaluation with an objective of its own', () => {
  const objective = { expression: '0b0e8a3c-5a3f-4a52-9d0e-0a6b4cf3f0aa', name: 'margin', source: MARGIN };
  const label = `fgsm-${createHash('sha256').update(MARGIN).digest('hex').slice(0, 8)}`;

  it('runs it beside the built-in attack and shows its source', async () => {
    const { report, folder } = await run({ attacks: [{ name: 'fgsm' }, { name: 'fgsm', objective }], epsilons: [0.05, 0.1], batchSize: 128 }, { good });
    expect(report.header.attacks.map(({ settings }) => settings)).toEqual([{ name: 'fgsm' }, { name: 'fgsm', objective }]);
    expect(report.header.threatModel.budget).toEqual({ gradientQueries: 2, forwardQueries: 7 }); // 2 attacks, 3 radii, 1 for the objective
    const [, , point] = report.results[0]!.robustness;
    expect(point!.attacks.map(({ name }) => name)).toEqual(['fgsm', label]);
    const counts = point!.attacks.map(({ accuracy }) => accuracy.count);
    expect(counts[1]).toBeLessThan(report.results[0]!.clean.accuracy.count);
    expect(point!.worstCase.count).toBeLessThanOrEqual(Math.min(...counts));
    const csv = await readFile(path.join(folder, 'examples.1.csv'), 'utf8');
    expect(csv.split('\n')[0]).toContain(`fgsm@0.1 prediction,fgsm@0.1 loss,${label}@0 prediction`);
    const page = await readFile(path.join(folder, 'report.html'), 'utf8');
    expect(page).toContain(`expression margin (<code>${objective.expression}</code>)`);
    expect(page).toContain('# largest other logit - logit of the label, &lt;b&gt;not&lt;/b&gt; the loss\n');
    expect(await readFile(path.join(folder, 'report.md'), 'utf8')).toContain(`attacks: fgsm, ${label}.`);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(reportJsonSchema());
    expect(validate(JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8'))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('is refused before it becomes a job where it does not fit', () => {
    const check = (source: string, manifest = good.manifest): void =>
      checkEvaluation([manifest], dataset.descriptor, evaluationOptions.parse({ models: ['good'], dataset: 'shapes', attacks: [{ name: 'fgsm' }, { name: 'fgsm', objective: { source } }] }));
    expect(() => check(MARGIN)).not.toThrow();
    expect(() => check(MARGIN.replaceAll('k]', '10]'))).toThrow(/at \/attacks\/1\/objective.*float32\[n, 10\].*k = 6 classes/);
    const { predict, lossGradient } = good.manifest.signatures;
    const signatures = { predict: predict!, lossGradient: lossGradient! };
    expect(() => check(MARGIN, { ...good.manifest, signatures })).toThrow(expect.objectContaining({ code: 'model-not-differentiable' }) as Error);
  });
});

describe('an evaluation of two models', () => {
  let done: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    done = await run();
  });

  it('says that the better model is better, clean and at small radii', () => {
    const [first, second] = done.report.results;
    expect(first!.clean.accuracy.value).toBeGreaterThan(0.8);
    expect(second!.clean.accuracy.value).toBeLessThan(first!.clean.accuracy.value);
    expect(second!.clean.nll).toBeGreaterThan(first!.clean.nll);
    expect(first!.robustness.at(-1)!.worstCase.value).toBeLessThan(0.2);
  });

  it('finds exactly the clean accuracy at radius 0 and a worst case that only falls (C31)', () => {
    for (const { clean, robustness } of done.report.results) {
      expect(robustness[0]).toMatchObject({ epsilon: 0, dropped: 0 });
      expect(robustness[0]!.attacks[0]!.accuracy).toEqual(clean.accuracy);
      expect(robustness[0]!.worstCase).toEqual(clean.accuracy);
      robustness.slice(1).forEach((point, i) => {
        expect(point.worstCase.count).toBeLessThanOrEqual(robustness[i]!.worstCase.count);
        expect(point.worstCase.count).toBeLessThanOrEqual(point.attacks[0]!.accuracy.count);
      });
    }
    expect(done.report.flags.map((flag) => flag.code)).not.toContain('PIPELINE_MISMATCH');
  });

  it('is inconclusive, because FGSM alone proves little', () => {
    expect(done.report.verdict.value).toBe('inconclusive');
    expect(done.report.verdict.reasons[0]!.see).toBe('docs/evaluation.md#single-step-attacks');
    const codes = done.report.flags.map((flag) => flag.code);
    expect(codes).toEqual(expect.arrayContaining(['SINGLE_STEP_ONLY', 'PRELIMINARY', 'UNTARGETED_ONLY']));
  });

  it('states the whole threat model and what it cost', () => {
    const { threatModel, dataset: data, attacks } = done.report.header;
    expect(threatModel).toMatchObject({ norm: 'Linf', inputBounds: [0, 1], knowledge: 'white-box', goal: 'untargeted' });
    expect(threatModel.epsilons).toEqual([0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3]);
    expect(threatModel.budget).toEqual({ gradientQueries: 1, forwardQueries: 9 });
    expect(data).toMatchObject({ n: 300, available: 300, selection: 'all', split: 'test', digest: '5a'.repeat(32) });
    expect(attacks).toEqual([{ settings: { name: 'fgsm' }, kind: 'single-step', iterations: 1, restarts: 1 }]);
  });

  it('writes a report that satisfies its published JSON Schema', async () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(reportJsonSchema());
    const written: unknown = JSON.parse(await readFile(path.join(done.folder, 'report.json'), 'utf8'));
    expect(validate(written), JSON.stringify(validate.errors)).toBe(true);
    expect(written).toEqual(done.report);
    const without = (record: object, name: string) => Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
    const headless = without(done.report, 'header');
    expect(validate(headless)).toBe(false);
    expect(reportSchema.safeParse(headless).success).toBe(false);
    for (const part of ['threatModel', 'dataset', 'models', 'attacks', 'seeds', 'software'] as const) {
      expect(validate({ ...done.report, header: without(done.report.header, part) }), part).toBe(false);
    }
  });

  it('writes one row for each example, and the summary follows from the rows', async () => {
    const [result] = done.report.results;
    const csv = await readFile(path.join(done.folder, result!.examples.file), 'utf8');
    expect(createHash('sha256').update(csv).digest('hex')).toBe(result!.examples.sha256);
    const [head, ...rows] = csv.trimEnd().split('\n').map((line) => line.split(','));
    expect(rows).toHaveLength(300);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([head!.length]));
    const column = (name: string): string[] => rows.map((row) => row[head!.indexOf(name)]!);
    const labels = column('label');
    const right = column('fgsm@0.05 prediction').filter((prediction, i) => prediction === labels[i]).length;
    const point = result!.robustness.find(({ epsilon }) => epsilon === 0.05)!;
    expect(right).toBe(point.attacks[0]!.accuracy.count);
    const loss = column('loss').reduce((sum, value) => sum + Number(value), 0) / 300;
    expect(loss).toBeCloseTo(result!.clean.nll, 4);
  });

  it('draws the gallery: pictures of all models for the same examples', async () => {
    const gallery = done.report.gallery!;
    expect(gallery.examples).toHaveLength(8);
    expect(new Set(gallery.examples.slice(0, 6).map(({ label }) => label)).size).toBe(6);
    expect(await readdir(path.join(done.folder, 'gallery'))).toHaveLength(8 * (1 + 2 * 2));
    const [example] = gallery.examples;
    const { width, height } = await sharp(path.join(done.folder, example!.models[1]!.perturbation)).metadata();
    expect([width, height]).toEqual([16, 16]);
    expect(example!.models[0]!.before.label).toBe(example!.label);
    expect(gallery.gain).toBeCloseTo(0.5 / gallery.epsilon, 1);
  });

  it('reports progress over the batches of all models', () => {
    expect(done.observer.steps.at(-1)).toMatchObject({ step: 10, totalSteps: 10, etaSeconds: 0 });
    expect(done.observer.events.some(({ level }) => level === 'warn')).toBe(true);
  });

  it('gives the same numbers again', async () => {
    const again = await run();
    const numbers = ({ results, gallery }: Report): unknown => [results.map((result) => ({ ...result, timing: null })), gallery];
    expect(numbers(again.report)).toEqual(numbers(done.report));
  });
});

describe('choices', () => {
  it('draws the same subset for the same seed, and another for another', async () => {
    const subset = async (seed: number) => (await run({ limit: 40, seed, epsilons: [0.1], gallerySize: 0 }, { good })).report;
    const [a, b, c] = [await subset(1), await subset(1), await subset(2)];
    expect(a.header.dataset).toMatchObject({ n: 40, selection: 'seeded-sample' });
    expect(b.header.dataset).toEqual(a.header.dataset);
    expect(c.header.dataset.indicesSha256).not.toBe(a.header.dataset.indicesSha256);
    expect(a.header.threatModel.epsilons).toEqual([0, 0.1]);
    expect(a.gallery).toBeNull();
    expect(a.flags.map((flag) => flag.code)).toContain('FEW_EPSILONS');
  });

  it('evaluates the L2 ball with radii of its own', async () => {
    const { report } = await run({ norm: 'L2', limit: 60 }, { good });
    expect(report.header.threatModel.epsilons).toEqual([0, 0.08, 0.16, 0.32, 0.48, 0.64, 0.8, 1.2, 1.6]);
    expect(report.results[0]!.robustness.at(-1)!.worstCase.value).toBeLessThan(report.results[0]!.clean.accuracy.value);
  });
});

describe('self-checks', () => {
  /** `good` with one output of a signature changed. */
  const altered = (signature: string, output: string, change: (data: Float32Array) => void): Model => ({
    ...good,
    async run(name, inputs) {
      const outputs = await good.run(name, inputs);
      if (name === signature) change(outputs[output]!.data as Float32Array);
      return outputs;
    },
  });
  const codes = async (model: Model, request: Partial<EvaluationRequest> = {}) =>
    (await run({ limit: 60, gallerySize: 0, ...request }, { model })).report.flags.map((flag) => flag.code);

  it('see vanished gradients', async () => {
    const masked = altered('lossGradient', 'gradient', (gradient) => gradient.fill(0));
    const { report } = await run({ limit: 60 }, { masked });
    expect(report.results[0]!.withoutGradient).toBe(60);
    expect(report.flags.map((flag) => flag.code)).toContain('ZERO_GRADIENT');
    expect(report.verdict.reasons.map((reason) => reason.see)).toContain('docs/evaluation.md#c3-zero-gradients');
  });

  it('see losses so small that their gradients are rounding errors', async () => {
    const { report } = await run({ limit: 120, gallerySize: 0 }, { good, sure: nearestMeanModel('sure', 200, 40) });
    expect(report.flags.filter((flag) => flag.code === 'SATURATED_LOSS').map((flag) => flag.model)).toEqual(['sure']);
    expect(report.results[1]!.saturated).toBeGreaterThan(12);
  });

  it('see an attack that helps', async () => {
    const reversed: Model = {
      ...poor,
      async run(name, inputs) {
        const outputs = await poor.run(name, inputs);
        if (name === 'lossGradient') outputs.gradient = { ...outputs.gradient!, data: (outputs.gradient!.data as Float32Array).map((g) => -g) };
        return outputs;
      },
    };
    expect(await codes(reversed)).toEqual(expect.arrayContaining(['ROBUST_ABOVE_CLEAN', 'NOT_MONOTONE']));
  });

  it('see probabilities in place of logits', async () => {
    const soft = { ...good, run: async (name: string, inputs: Parameters<Model['run']>[1]) => {
      const outputs = await good.run(name, inputs);
      if (outputs.probabilities) outputs.logits = outputs.probabilities;
      return outputs;
    } };
    expect(await codes(soft)).toEqual(expect.arrayContaining(['SOFTMAX_LOGITS', 'GRADIENT_MISMATCH']));
  });

  it('see predictions that change at radius 0', async () => {
    let calls = 0;
    const unstable = altered('predict', 'logits', (logits) => void (calls++ > 0 && logits.reverse()));
    const { report } = await run({ limit: 60, gallerySize: 0 }, { unstable });
    expect(report.flags.filter((flag) => flag.severity === 'error').map((flag) => flag.code)).toContain('PIPELINE_MISMATCH');
  });

  it('see robustness that no model can have', async () => {
    const masked = altered('lossGradient', 'gradient', (gradient) => gradient.fill(0));
    expect(await codes(masked, { epsilons: [0.5] })).toContain('IMPOSSIBLE_ROBUSTNESS');
  });
});

describe('refusals', () => {
  it.each([
    [{ split: 'train' as const }, 'split-empty'],
    [{ limit: 301 }, 'sample-too-large'],
    [{ epsilons: [0.1, 1.5] }, 'epsilon-out-of-range'],
  ])('of %o, before and in the job', async (request, code) => {
    const options = evaluationOptions.parse({ models: ['good'], dataset: 'shapes', ...request });
    expect(() => checkEvaluation([good.manifest], dataset.descriptor, options)).toThrow(expect.objectContaining({ code }) as Error);
    await expect(run(request)).rejects.toMatchObject({ code, status: 422 });
  });

  it('name the epsilon that is out of range', async () => {
    await expect(run({ epsilons: [0.1, 1.5] })).rejects.toMatchObject({ errors: [{ pointer: '/epsilons/1' }] });
  });

  it('of models that do not fit the data', async () => {
    const { input, classes } = good.manifest;
    const other = (manifest: Partial<Model['manifest']>): Model => ({ ...good, manifest: { ...good.manifest, ...manifest } });
    const misfits = [
      other({ input: { ...input, shape: [28, 28, 1] } }),
      other({ classes: classes.slice(1) }),
      other({ input: { ...input, bounds: [0, 0.5] } }),
    ];
    for (const misfit of misfits) await expect(run({}, { misfit })).rejects.toMatchObject({ code: 'dataset-does-not-fit-model' });
    const { predict } = good.manifest.signatures;
    await expect(run({}, { opaque: other({ signatures: { predict: predict! } }) })).rejects.toMatchObject({ code: 'model-not-differentiable' });
  });

  it.each([{ models: [] }, { models: ['a', 'a'] }, { epsilons: [] }, { epsilons: [0.1, 0.1] }, { limit: 0 }, { attacks: [] }, { norm: 'L1' }])(
    'of the request %o',
    (part) => expect(evaluationOptions.safeParse({ models: ['a'], dataset: 'd', ...part }).success).toBe(false),
  );
});

describe('cancelling', () => {
  it('stops within one call of the model', async () => {
    const controller = new AbortController();
    let calls = 0;
    const counting: Model = {
      ...good,
      run(signature, inputs) {
        calls += 1;
        if (calls === 4) controller.abort(new Error('cancelled'));
        return good.run(signature, inputs);
      },
    };
    await expect(run({}, { counting }, recordingObserver(), controller.signal)).rejects.toThrow('cancelled');
    expect(calls).toBe(4);
  });
});

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { normBall } from '../attacks/norm-balls.js';
import { computedHere, openObjective } from '../attacks/objective.js';
import { inputWidth } from '../attacks/predictions.js';
import { ATTACKS } from '../attacks/run-attack.js';
import type { Model } from '../bundles/model.js';
import { Key } from '../compiler/random/index.js';
import type { Dataset } from '../datasets/dataset.js';
import type { ExpressionLimits } from '../expressions/index.js';
import type { JobObserver } from '../observer/job-observer.js';
import { CancellableModel } from '../bundles/cancellable-model.js';
import { checkModel, checkProtocol } from './checks.js';
import type { EvaluationOptions } from './evaluation.options.js';
import { writeExamples } from './examples-csv.js';
import { requireEvaluable } from './fit.js';
import { drawGallery, type GalleryModel } from './gallery.js';
import { limitsText } from './limits.js';
import { passOverExamples, type PassPlan, type PassResult } from './model-pass.js';
import { summarise } from './model-result.js';
import { reportHeader } from './report-header.js';
import { reportSchema, type Report } from './report.schema.js';
import { epsilonGrid, selectExamples, type Selection } from './selection.js';
import { judge } from './verdict.js';
import { writeReport } from './write-report.js';

export interface EvaluatedModel {
  readonly id: string;
  readonly model: Model;
}

/** One evaluation: models opened in the order of `options.models`, and an existing or new folder for its files. */
export interface EvaluationTask {
  readonly models: readonly EvaluatedModel[];
  readonly dataset: Dataset;
  readonly options: EvaluationOptions;
  readonly folder: string;
  /** Versions to print in the report, e.g. of Rampart, the engine and Node.js. */
  readonly software: Readonly<Record<string, string>>;
  /** What objectives may cost. */
  readonly expressionLimits?: Partial<ExpressionLimits>;
}

interface Evaluated extends GalleryModel {
  readonly pass: PassResult;
}

/** Reports progress in batches over all models. */
function batchCounter(observer: JobObserver, totalSteps: number): () => void {
  const start = performance.now();
  let step = 0;
  return () => {
    step += 1;
    const perStep = (performance.now() - start) / 1000 / step;
    observer.progress({ step, totalSteps, etaSeconds: perStep * (totalSteps - step) });
  };
}

async function evaluateModels(
  task: EvaluationTask,
  models: readonly EvaluatedModel[],
  plan: PassPlan,
  observer: JobObserver,
): Promise<Evaluated[]> {
  const { dataset, options, folder } = task;
  const onBatch = batchCounter(observer, models.length * Math.ceil(plan.indices.length / plan.batchSize));
  const done: Evaluated[] = [];
  for (const [m, { id, model }] of models.entries()) {
    const pass = await passOverExamples(model, dataset.split(options.split), plan, onBatch);
    const file = `examples.${m + 1}.csv`;
    const sha256 = await writeExamples(path.join(folder, file), pass.columns, plan.attacks, plan.epsilons);
    const result = summarise(id, pass, plan.attacks, plan.epsilons, model.manifest.classes.length, { file, sha256 });
    observer.metrics(m + 1, { [`${id}/accuracy`]: result.clean.accuracy.value, [`${id}/nll`]: result.clean.nll, [`${id}/ece`]: result.clean.calibration.ece });
    observer.event('info', `Evaluated ${model.manifest.name}`, {
      model: id,
      accuracy: result.clean.accuracy.value,
      worstCase: result.robustness.at(-1)!.worstCase.value,
      epsilon: result.robustness.at(-1)!.epsilon,
      seconds: result.timing.seconds,
    });
    done.push({ id, model, columns: pass.columns, result, pass });
  }
  return done;
}

function assemble(task: EvaluationTask, evaluated: readonly Evaluated[], selection: Selection, epsilons: readonly number[], gallery: Report['gallery'], seconds: number): Report {
  const { options, dataset } = task;
  const { bounds } = evaluated[0]!.model.manifest.input;
  const kinds = options.attacks.map(({ name }) => ATTACKS[name].kind);
  const greyRadius = options.norm === 'Linf' ? (bounds[1] - bounds[0]) / 2 : undefined;
  const flags = [
    ...checkProtocol({ kinds, epsilons, n: selection.indices.length, goal: 'untargeted' }),
    ...evaluated.flatMap(({ result, pass }) => checkModel({ result, ...pass }, greyRadius)),
  ];
  return reportSchema.parse({
    formatVersion: 1,
    title: options.name ?? `Robustness of ${evaluated.map(({ model }) => model.manifest.name).join(', ')}`,
    createdAt: new Date().toISOString(),
    header: reportHeader({
      options,
      manifests: evaluated.map(({ id, model }) => ({ id, manifest: model.manifest })),
      descriptor: dataset.descriptor,
      datasetId: options.dataset,
      available: dataset.split(options.split).count,
      selection,
      epsilons,
      budget: evaluated[0]!.pass.budget,
      software: task.software,
    }),
    results: evaluated.map(({ result }) => result),
    gallery,
    flags,
    verdict: judge(kinds, flags),
    limits: limitsText(options.norm, kinds),
    seconds,
  } satisfies Report);
}

/**
 * Evaluates models on the same examples under one threat model, and writes into `folder`: `report.json`,
 * `report.html`, `report.md`, `examples.<model number>.csv`, `gallery/*.png`.
 *
 * @param signal aborts within one call of a signature; the promise then rejects with the signal's reason
 * @throws split-empty, sample-too-large, dataset-does-not-fit-model, epsilon-out-of-range, model-not-differentiable,
 *   model-output-not-finite
 */
export async function evaluate(task: EvaluationTask, observer: JobObserver, signal: AbortSignal): Promise<Report> {
  const start = performance.now();
  const { options, dataset, folder } = task;
  const models = task.models.map(({ id, model }) => ({ id, model: new CancellableModel(model, signal) }));
  const { input } = models[0]!.model.manifest;
  const ball = normBall(options.norm);
  const epsilons = epsilonGrid(options.epsilons, options.norm, inputWidth(models[0]!.model), input.bounds);
  requireEvaluable(models, dataset.descriptor, options, ball, epsilons, task.expressionLimits);
  const split = dataset.split(options.split);
  const key = Key.from(options.seed);
  const selection = selectExamples(split.count, options.limit, key.fold('examples'));
  await mkdir(folder, { recursive: true });
  const { attacks, batchSize, gallerySize } = options;
  const objectives = attacks.map((attack, a) => openObjective(attack, dataset.descriptor.classes.length, `/attacks/${a}`, computedHere(task.expressionLimits)));
  const plan = { indices: selection.indices, batchSize, attacks, objectives, epsilons, ball, key: key.fold('attacks') };
  let report: Report;
  try {
    const evaluated = await evaluateModels(task, models, plan, observer);
    const gallery = await drawGallery(evaluated, { split, size: gallerySize, ball, attack: attacks[0]!, objective: objectives[0], key: key.fold('gallery'), folder });
    report = assemble(task, evaluated, selection, epsilons, gallery, (performance.now() - start) / 1000);
    await writeReport(report, folder);
  } finally {
    for (const objective of objectives) await objective?.dispose();
  }
  for (const flag of report.flags) observer.event(flag.severity === 'warning' ? 'warn' : flag.severity, flag.message, { code: flag.code, model: flag.model });
  return report;
}

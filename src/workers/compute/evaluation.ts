import { loadBundle } from '../../bundles/load-bundle.js';
import type { LoadedModel } from '../../bundles/model.js';
import { openDataset } from '../../datasets/open-dataset.js';
import { evaluate } from '../../evaluation/evaluate.js';
import { evaluationOptions } from '../../evaluation/evaluation.options.js';
import type { Report } from '../../evaluation/report.schema.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { softwareVersions } from '../software.js';
import type { ComputationResult, EvaluationComputation } from './protocol.js';

/** Versions that a report names: those of what computed it. */
function reportedSoftware() {
  const { rampart, node, onnxruntime } = softwareVersions();
  return { rampart, node, onnxruntime };
}

/** The numbers that a list of evaluations shows: clean accuracy, and the worst case at every radius, of each model. */
function summarise({ results, header }: Report): Record<string, unknown> {
  return {
    norm: header.threatModel.norm,
    models: results.map(({ model, clean, robustness }) => ({
      model,
      accuracy: clean.accuracy,
      nll: clean.nll,
      ece: clean.calibration.ece,
      worstCase: robustness.map(({ epsilon, worstCase }) => ({ epsilon, accuracy: worstCase.value })),
    })),
  };
}

/** Evaluates, and writes the report in all its forms, with tables and pictures, into `folder`. */
export async function computeEvaluation(computation: EvaluationComputation, observer: JobObserver, signal: AbortSignal): Promise<ComputationResult> {
  const { folder, threads, expressionLimits } = computation;
  const options = evaluationOptions.parse(computation.options);
  const dataset = await openDataset(computation.dataset.folder);
  const models: { id: string; model: LoadedModel }[] = [];
  try {
    for (const { id, folder: bundle } of computation.models) models.push({ id, model: await loadBundle(bundle, { threads }) });
    const report = await evaluate({ models, dataset, options, folder, software: reportedSoftware(), expressionLimits }, observer, signal);
    return { kind: 'evaluation', reportFolder: folder, verdict: report.verdict.value, summary: summarise(report) };
  } finally {
    for (const { model } of models) await model.dispose();
  }
}

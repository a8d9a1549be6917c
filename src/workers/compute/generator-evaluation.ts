import { loadBundle } from '../../bundles/load-bundle.js';
import type { LoadedModel } from '../../bundles/model.js';
import { openDataset } from '../../datasets/open-dataset.js';
import { evaluateGenerators, headlineOf } from '../../evaluation/generators/evaluate-generators.js';
import { generatorEvaluationOptions } from '../../evaluation/generators/generator-evaluation.options.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { networkOf, rebuildClassifier } from '../../training/generation/rebuild-classifier.js';
import { reportedSoftware } from '../software.js';
import type { ComputationResult, GeneratorEvaluationComputation } from './protocol.js';

/** Judges generators, and writes the report in all its forms, with pictures, into `folder`. */
export async function computeGeneratorEvaluation(
  computation: GeneratorEvaluationComputation, observer: JobObserver, signal: AbortSignal,
): Promise<ComputationResult> {
  const { folder, threads } = computation;
  const options = generatorEvaluationOptions.parse(computation.options);
  const dataset = await openDataset(computation.dataset.folder);
  const opened: LoadedModel[] = [];
  const open = async (bundle: string): Promise<LoadedModel> => {
    const model = await loadBundle(bundle, { threads });
    opened.push(model);
    return model;
  };
  try {
    const models: { id: string; model: LoadedModel }[] = [];
    for (const { id, folder: bundle } of computation.models) models.push({ id, model: await open(bundle) });
    const eyes = computation.classifier;
    const judge = eyes && (await open(eyes.folder));
    const classifier = eyes && judge && { id: eyes.id, model: judge, rebuilt: networkOf(judge.manifest) && (await rebuildClassifier(eyes.folder)) };
    const report = await evaluateGenerators({ models, classifier, dataset, options, folder, threads, software: reportedSoftware() }, observer, signal);
    const summary = { models: report.results.map((result) => ({ model: result.model, ...headlineOf(result) })), warnings: report.notes.filter(({ severity }) => severity === 'warning').length };
    return { kind: 'generator-evaluation', reportFolder: folder, summary };
  } finally {
    for (const model of opened) await model.dispose();
  }
}

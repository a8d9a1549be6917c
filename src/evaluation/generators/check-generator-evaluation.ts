import { signatureOf } from '../../bundles/signature-inputs.js';
import type { Manifest } from '../../bundles/manifest.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { datasetDoesNotFitModel, sampleTooLarge, splitEmpty, splitTooSmall } from '../../errors/evaluation.errors.js';
import { describeFeatures } from './feature-space.js';
import { MIN_ROWS, type GeneratorEvaluationOptions } from './generator-evaluation.options.js';

const list = (values: readonly number[]): string => `[${values.join(', ')}]`;

function requireFit({ name, input, classes }: Manifest, descriptor: DatasetDescriptor): void {
  if (list(input.shape) !== list(descriptor.exampleShape)) {
    throw datasetDoesNotFitModel(name, 'examples of shape', list(descriptor.exampleShape), list(input.shape));
  }
  if (list(input.bounds) !== list(descriptor.bounds)) {
    throw datasetDoesNotFitModel(name, 'values within', list(descriptor.bounds), list(input.bounds));
  }
  if (classes.length !== descriptor.classes.length) {
    throw datasetDoesNotFitModel(name, 'a number of classes of', String(descriptor.classes.length), String(classes.length));
  }
}

/**
 * Refuses what cannot be evaluated, before it becomes a job: models that generate nothing, a classifier that classifies
 * nothing, models or classifier of other inputs or class count than the data, more examples than there are.
 *
 * @param manifests of the models, in the order of `options.models`
 * @throws signature-unknown, dataset-does-not-fit-model, split-empty, split-too-small, sample-too-large, features-not-available
 */
export function checkGeneratorEvaluation(
  manifests: readonly Manifest[], classifier: Manifest | undefined, descriptor: DatasetDescriptor, options: GeneratorEvaluationOptions,
): void {
  const { split, limit, features } = options;
  const count = descriptor.splits[split]?.count ?? 0;
  const available = Object.entries(descriptor.splits).flatMap(([name, part]) => (part.count > 0 ? [name] : []));
  if (count === 0) throw splitEmpty(descriptor.name, split, available);
  if (count < MIN_ROWS) throw splitTooSmall(descriptor.name, split, count, MIN_ROWS);
  if (limit !== undefined && limit > count) throw sampleTooLarge(limit, split, count);
  for (const manifest of manifests) {
    signatureOf(manifest, 'decode');
    requireFit(manifest, descriptor);
  }
  if (classifier === undefined) return;
  signatureOf(classifier, 'predict');
  requireFit(classifier, descriptor);
  describeFeatures(classifier, features);
}

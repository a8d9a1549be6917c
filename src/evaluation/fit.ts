import { checkEpsilon } from '../attacks/attack-checks.js';
import type { NormBall } from '../attacks/norm-balls.js';
import { computedHere, gradientSignature, openObjective } from '../attacks/objective.js';
import { inputWidth } from '../attacks/predictions.js';
import type { Model } from '../bundles/model.js';
import type { DatasetDescriptor } from '../datasets/dataset.js';
import { modelNotDifferentiable } from '../errors/attacks.errors.js';
import { datasetDoesNotFitModel, sampleTooLarge, splitEmpty } from '../errors/evaluation.errors.js';
import type { ExpressionLimits } from '../expressions/index.js';
import type { EvaluationOptions } from './evaluation.options.js';

const list = (values: readonly number[]): string => `[${values.join(', ')}]`;

function requireFit(model: Pick<Model, 'manifest'>, descriptor: DatasetDescriptor, { attacks }: EvaluationOptions, boundsOfAll: readonly number[]): void {
  const { name, input, classes, signatures } = model.manifest;
  const missing = attacks.map(gradientSignature).find((signature) => !(signature in signatures));
  if (missing !== undefined) throw modelNotDifferentiable(name, missing, Object.keys(signatures));
  if (list(input.shape) !== list(descriptor.exampleShape)) {
    throw datasetDoesNotFitModel(name, 'examples of shape', list(descriptor.exampleShape), list(input.shape));
  }
  if (classes.length !== descriptor.classes.length) {
    throw datasetDoesNotFitModel(name, 'a number of classes of', String(descriptor.classes.length), String(classes.length));
  }
  const [low, high] = input.bounds;
  if (descriptor.bounds[0] < low || descriptor.bounds[1] > high || list(input.bounds) !== list(boundsOfAll)) {
    throw datasetDoesNotFitModel(name, 'values within', list(descriptor.bounds), list(input.bounds));
  }
}

/**
 * Refuses what cannot be evaluated, before any work: a split without examples, more examples than there are, models of
 * another shape, class count or input range than the data set, objectives that do not fit, radii beyond the input range.
 *
 * @param limits of objectives
 * @throws split-empty, sample-too-large, dataset-does-not-fit-model, model-not-differentiable, epsilon-out-of-range,
 * and the errors of `openObjective`
 */
export function requireEvaluable(
  models: readonly { readonly model: Pick<Model, 'manifest'> }[],
  descriptor: DatasetDescriptor,
  options: EvaluationOptions,
  ball: NormBall,
  epsilons: readonly number[],
  limits?: Partial<ExpressionLimits>,
): void {
  const { split, limit } = options;
  const count = descriptor.splits[split]?.count ?? 0;
  const available = Object.entries(descriptor.splits).flatMap(([name, part]) => (part.count > 0 ? [name] : []));
  if (count === 0) throw splitEmpty(descriptor.name, split, available);
  if (limit !== 'all' && limit > count) throw sampleTooLarge(limit, split, count);
  const first = models[0]!.model;
  const { bounds } = first.manifest.input;
  for (const { model } of models) requireFit(model, descriptor, options, bounds);
  for (const epsilon of epsilons) {
    const position = options.epsilons?.indexOf(epsilon) ?? 0;
    checkEpsilon(epsilon, ball, inputWidth(first), bounds, `/epsilons/${position}`);
  }
  options.attacks.forEach((attack, a) => openObjective(attack, descriptor.classes.length, `/attacks/${a}`, computedHere(limits)));
}

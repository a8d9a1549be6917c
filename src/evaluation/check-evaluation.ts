import { inputWidth } from '../attacks/predictions.js';
import { normBall } from '../attacks/norm-balls.js';
import type { Manifest } from '../bundles/manifest.js';
import type { DatasetDescriptor } from '../datasets/dataset.js';
import type { ExpressionLimits } from '../expressions/index.js';
import type { EvaluationOptions } from './evaluation.options.js';
import { requireEvaluable } from './fit.js';
import { epsilonGrid } from './selection.js';

/**
 * Refuses a request that cannot be evaluated before it becomes a job.
 * @param manifests of the models, in the order of `options.models`
 * @param limits of objectives
 * @throws the errors of `requireEvaluable`
 */
export function checkEvaluation(manifests: readonly Manifest[], descriptor: DatasetDescriptor, options: EvaluationOptions, limits?: Partial<ExpressionLimits>): void {
  const models = manifests.map((manifest) => ({ model: { manifest } }));
  const first = models[0]!.model;
  const epsilons = epsilonGrid(options.epsilons, options.norm, inputWidth(first), first.manifest.input.bounds);
  requireEvaluable(models, descriptor, options, normBall(options.norm), epsilons, limits);
}

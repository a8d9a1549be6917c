import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { bernoulliOutsideUnit } from '../../errors/training.errors.js';
import { createGenerator } from '../../networks/index.js';
import { checkRun } from '../check-training.js';
import type { GeneratorTrainingOptions } from './generator-training.options.js';
import { generatorData, partsOf } from './index.js';

/**
 * Checks what the options' schema cannot: whether they fit the data set and each other. The classifier of dr-vae is checked
 * by `checkClassifier`.
 * @throws bernoulli-outside-unit, and the errors of `checkRun` and `createGenerator`
 */
export function checkGeneratorTraining(options: GeneratorTrainingOptions, dataset: DatasetDescriptor): void {
  checkRun(options, dataset);
  const data = generatorData(options.method, dataset);
  const [low, high] = data.bounds;
  if (data.pixels === 'bernoulli' && (low < 0 || high > 1) && 'pixels' in options.method) throw bernoulliOutsideUnit(low, high);
  createGenerator(options.network, data, partsOf(options.method));
}

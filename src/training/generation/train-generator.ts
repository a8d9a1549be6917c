import { Key } from '../../compiler/random/index.js';
import type { Generator } from '../../networks/index.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { trainingLength } from '../check-training.js';
import { optimiser } from '../optimisers/optimiser.js';
import { evaluationBatch, runTraining, type RunResult, type RunTask } from '../run-training.js';
import { checkGeneratorTraining } from './check-generator-training.js';
import type { FrozenClassifier } from './dr-vae.js';
import { generatorEntries, generatorStart, generatorState, modelTensors } from './generator-programs.js';
import { GeneratorSubject } from './generator-subject.js';
import type { GeneratorTrainingOptions } from './generator-training.options.js';
import { createGenerationMethod, generatorData } from './index.js';
import { SAMPLE_COUNT } from './sample-picture.js';

export interface GeneratorTask extends RunTask {
  readonly options: GeneratorTrainingOptions;
  /** Needed by dr-vae. */
  readonly classifier?: FrozenClassifier;
}

/** `parameters` are those of the generator's signatures: moving averages of encoder and decoder. */
export interface GeneratorResult extends RunResult {
  readonly generator: Generator;
}

/** Pictures in a job that does not say how many. */
const PICTURES = 10;

/**
 * Trains a generator, as `runTraining` says. The observer also gets pictures of samples, and warnings when the samples become
 * alike or the discriminator has won.
 * @throws the errors of `checkGeneratorTraining` and `runTraining`
 */
export async function trainGenerator(task: GeneratorTask, observer: JobObserver, signal: AbortSignal): Promise<GeneratorResult> {
  const { dataset, options, classifier } = task;
  const { descriptor } = dataset;
  checkGeneratorTraining(options, descriptor);
  const method = createGenerationMethod(options.method, options.network, generatorData(options.method, descriptor), options.batchSize, classifier);
  const key = Key.from(options.seed);
  const transform = optimiser(options.optimiser);
  const evaluated = evaluationBatch(dataset);
  const { totalSteps } = trainingLength(options, descriptor.splits.train!.count);
  const sources = modelTensors(method);
  const { parameters, ...result } = await runTraining(task, {
    key,
    entries: generatorEntries(method, transform, { batch: options.batchSize, evaluation: evaluated, samples: SAMPLE_COUNT }),
    state: generatorState(method, transform),
    start: () => generatorStart(method, transform, key.fold('initialise')),
    running: {},
    subject: (family) => new GeneratorSubject({
      dataset, method, transform, family, observer, evaluationBatch: evaluated,
      key: key.fold('evaluate'), averageDecay: options.averageDecay,
      picturesEvery: options.pictures.everySteps ?? Math.max(1, Math.floor(totalSteps / PICTURES)),
    }),
    names: Object.values(sources),
  }, observer, signal);
  const named = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, parameters[source]!]));
  return { ...result, parameters: named, generator: method.generator };
}

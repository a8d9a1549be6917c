import { generatorPrograms, parameterCount } from '../../networks/index.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { rebuildClassifier, trainGenerator, type GeneratorResult, type GeneratorTask, type GeneratorTrainingOptions } from '../../training/index.js';
import type { TrainingComputation } from './protocol.js';
import type { ModelContents } from './training.js';

/** Trains a generator, with the classifier that its method refers to. */
export async function trainGeneratorOf(
  { classifier }: TrainingComputation, task: GeneratorTask, observer: JobObserver, signal: AbortSignal,
): Promise<GeneratorResult> {
  return trainGenerator(classifier === undefined ? task : { ...task, classifier: await rebuildClassifier(classifier.folder) }, observer, signal);
}

/** What the bundle of a generator says of it. */
export function generatorContents({ classifier }: TrainingComputation, { method, network }: GeneratorTrainingOptions, { generator }: GeneratorResult): ModelContents {
  const { shape, pixels } = generator;
  return {
    task: 'generation',
    generation: {
      method: method.name, latent: shape.latent, conditional: shape.conditional, attributes: shape.attributes, pixels,
      ...(classifier && { classifier: { id: classifier.id, digest: classifier.digest } }),
    },
    network: { ...network },
    programs: generatorPrograms(generator),
    parameterCount: parameterCount(generator),
  };
}

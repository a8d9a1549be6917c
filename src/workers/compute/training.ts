import { join } from 'node:path';
import { writeBundle, type BundleContents } from '../../bundles/write-bundle.js';
import { CompileCache } from '../../compiler/cache/compile-cache.js';
import { engineFor } from '../../compiler/engines.js';
import type { Engine } from '../../compiler/program.js';
import type { Dataset } from '../../datasets/dataset.js';
import { openDataset } from '../../datasets/open-dataset.js';
import { BUILD, PACKAGE } from '../../modules/openapi/package.js';
import { classifierPrograms, parameterCount } from '../../networks/index.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { train, type RunResult } from '../../training/index.js';
import { chooseTraining } from '../../training/training-request.options.js';
import { generatorContents, trainGeneratorOf } from './generator-training.js';
import type { ComputationResult, TrainingComputation } from './protocol.js';

/** The engine that the request names, or the worker's; on the worker's device where it is the worker's. */
function engineOf(named: Engine['name'] | undefined, { engine, compileCache }: TrainingComputation): Engine {
  const name = named ?? engine.name;
  const cache = compileCache && new CompileCache({ ...compileCache, version: BUILD });
  return engineFor(name, { device: name === engine.name ? engine.device : undefined, cache });
}

/** What a bundle says of the model itself, beside what every training gives. */
export type ModelContents = Pick<BundleContents, 'task' | 'generation' | 'network' | 'programs' | 'parameterCount'>;

/** Trains, and writes the model's bundle into `<folder>/bundle`. */
export async function computeTraining(computation: TrainingComputation, observer: JobObserver, signal: AbortSignal): Promise<ComputationResult> {
  const { folder, resumeFrom, expressionLimits } = computation;
  const choice = chooseTraining(computation.options);
  const engine = engineOf(choice.options.engine, computation);
  const run = { engine: engine.name, threads: choice.options.threads === 0 ? computation.threads : choice.options.threads };
  const dataset = await openDataset(computation.dataset.folder);
  const place = { dataset, engine, folder: join(folder, 'checkpoints'), ...(resumeFrom !== undefined && { resumeFrom }) };
  const finish = (trained: RunResult, contents: ModelContents): Promise<ComputationResult> => finished(computation, run.threads, dataset, trained, contents, signal);
  if (choice.kind === 'generator') {
    const trained = await trainGeneratorOf(computation, { ...place, options: { ...choice.options, ...run } }, observer, signal);
    return finish(trained, generatorContents(computation, choice.options, trained));
  }
  const trained = await train({ ...place, expressionLimits, options: { ...choice.options, ...run } }, observer, signal);
  return finish(trained, {
    task: 'classification',
    network: { ...trained.networkOptions },
    programs: { ...classifierPrograms(trained.network) },
    parameterCount: parameterCount(trained.network),
  });
}

async function finished(
  computation: TrainingComputation, threads: number, dataset: Dataset, trained: RunResult, contents: ModelContents, signal: AbortSignal,
): Promise<ComputationResult> {
  switch (trained.state) {
    case 'cancelled':
      throw signal.reason;
    case 'diverged':
      return { kind: 'diverged', detail: `The loss was not finite; the state after step ${trained.step} is the last finite one that was kept` };
    case 'succeeded':
      return { kind: 'training', bundleFolder: await storeBundle(computation, threads, dataset, trained, contents), metrics: trained.metrics };
  }
}

async function storeBundle(
  { name, folder, options, dataset: { id } }: TrainingComputation, threads: number, { descriptor }: Dataset, trained: RunResult, contents: ModelContents,
): Promise<string> {
  const bundle = join(folder, 'bundle');
  await writeBundle(bundle, {
    ...contents,
    name,
    input: { shape: [...descriptor.exampleShape], bounds: [...descriptor.bounds], layout: descriptor.kind === 'image' ? 'NHWC' : 'features' },
    classes: [...descriptor.classes],
    training: { ...options },
    dataset: { id, name: descriptor.name, digest: descriptor.digest },
    metrics: { ...trained.metrics },
    parameters: trained.parameters,
    rampartVersion: PACKAGE.version,
    threads,
  });
  return bundle;
}

import { join } from 'node:path';
import { writeBundle } from '../../bundles/write-bundle.js';
import { CompileCache } from '../../compiler/cache/compile-cache.js';
import { engineFor } from '../../compiler/engines.js';
import type { Engine } from '../../compiler/program.js';
import type { Dataset } from '../../datasets/dataset.js';
import { openDataset } from '../../datasets/open-dataset.js';
import { BUILD, PACKAGE } from '../../modules/openapi/package.js';
import { classifierPrograms, parameterCount } from '../../networks/index.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { train, type TrainingResult } from '../../training/index.js';
import { trainingOptionsSchema } from '../../training/training.options.js';
import type { ComputationResult, TrainingComputation } from './protocol.js';

/** The engine that the request names, or the worker's; on the worker's device where it is the worker's. */
function engineOf(named: Engine['name'] | undefined, { engine, compileCache }: TrainingComputation): Engine {
  const name = named ?? engine.name;
  const cache = compileCache && new CompileCache({ ...compileCache, version: BUILD });
  return engineFor(name, { device: name === engine.name ? engine.device : undefined, cache });
}

/** Trains, and writes the model's bundle into `<folder>/bundle`. */
export async function computeTraining(computation: TrainingComputation, observer: JobObserver, signal: AbortSignal): Promise<ComputationResult> {
  const { folder, resumeFrom, expressionLimits } = computation;
  const requested = trainingOptionsSchema.parse(computation.options);
  const engine = engineOf(requested.engine, computation);
  const options = { ...requested, engine: engine.name, threads: requested.threads === 0 ? computation.threads : requested.threads };
  const dataset = await openDataset(computation.dataset.folder);
  const task = { dataset, options, engine, folder: join(folder, 'checkpoints'), expressionLimits };
  const trained = await train(resumeFrom === undefined ? task : { ...task, resumeFrom }, observer, signal);
  switch (trained.state) {
    case 'cancelled':
      throw signal.reason;
    case 'diverged':
      return { kind: 'diverged', detail: `The loss was not finite; the state after step ${trained.step} is the last finite one that was kept` };
    case 'succeeded':
      return { kind: 'training', bundleFolder: await storeBundle(computation, options.threads, dataset, trained), metrics: trained.metrics };
  }
}

async function storeBundle(
  { name, folder, options, dataset: { id } }: TrainingComputation, threads: number, { descriptor }: Dataset, trained: TrainingResult,
): Promise<string> {
  const bundle = join(folder, 'bundle');
  await writeBundle(bundle, {
    name,
    task: 'classification',
    input: { shape: [...descriptor.exampleShape], bounds: [...descriptor.bounds], layout: descriptor.kind === 'image' ? 'NHWC' : 'features' },
    classes: [...descriptor.classes],
    network: { ...trained.networkOptions },
    training: { ...options },
    dataset: { id, name: descriptor.name, digest: descriptor.digest },
    metrics: { ...trained.metrics },
    programs: { ...classifierPrograms(trained.network) },
    parameters: trained.parameters,
    parameterCount: parameterCount(trained.network),
    rampartVersion: PACKAGE.version,
    threads,
  });
  return bundle;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import { manifestSchema } from '../../bundles/manifest.js';
import { expressionLimits } from '../../serving/expressions/expression-limits.js';
import { putFolder } from '../../storage/object-folder.js';
import type { ModelRepository } from '../../persistence/repositories/model.repository.js';
import type { TrainingComputation } from '../compute/protocol.js';
import type { JobHandler } from '../job-handler.js';
import type { Workspace } from '../workspace.js';

const namingClassifier = z.object({ method: z.object({ classifier: z.string() }) });

/** The model's id follows from the job's, so that a job finished twice (its worker died in between) makes one model. */
export function modelIdOf(jobId: string): string {
  const bytes = createHash('sha256').update(`model of job ${jobId}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The folder of compiled programs, unless the setting is `off`. */
const compileCacheOf = ({ compileCache, compileCacheBytes, dataFolder }: Settings) =>
  compileCache === 'off' ? undefined : { folder: compileCache ?? join(dataFolder, 'cache', 'compiled'), maxBytes: compileCacheBytes };

/** A local copy of the classifier that a method names. @throws model-not-found */
async function classifierOf(request: Record<string, unknown>, models: ModelRepository, workspace: Workspace): Promise<TrainingComputation['classifier']> {
  const named = namingClassifier.safeParse(request);
  if (!named.success) return undefined;
  const { id, digest, prefix } = await models.get(named.data.method.classifier);
  return { id, digest, folder: await workspace.cached('models', digest, prefix) };
}

/** Training: data set and checkpoint in, bundle out. */
export const trainingHandler: JobHandler = {
  async prepare(job, folder, resumeFrom, { datasets, models, workspace, settings, engine }) {
    const dataset = await datasets.get(job.datasetId);
    return {
      kind: 'training',
      name: job.name,
      dataset: { id: dataset.id, folder: await workspace.cached('datasets', dataset.digest, dataset.prefix) },
      options: job.request,
      classifier: await classifierOf(job.request, models, workspace),
      folder: join(folder, 'training'),
      ...(resumeFrom !== undefined && { resumeFrom }),
      threads: settings.computeThreads,
      engine,
      compileCache: compileCacheOf(settings),
      expressionLimits: expressionLimits(settings),
    };
  },

  async complete(job, result, { store, models }) {
    if (result.kind !== 'training') throw new Error(`internal: a training job ended with ${result.kind}`);
    const text = await readFile(join(result.bundleFolder, 'manifest.json'));
    const manifest = manifestSchema.parse(JSON.parse(text.toString('utf8')));
    const id = modelIdOf(job.id);
    const prefix = `models/${id}/`;
    await store.deletePrefix(prefix);
    const bytes = await putFolder(store, result.bundleFolder, prefix);
    const digest = createHash('sha256').update(text).digest('hex');
    return {
      result: { modelId: id, metrics: result.metrics },
      within: (manager) => models.create({ id, name: job.name, jobId: job.id, manifest, digest, bytes, prefix }, manager),
      undo: () => store.deletePrefix(prefix),
    };
  },
};

import { join } from 'node:path';
import { z } from 'zod';
import { expressionLimits } from '../../serving/expressions/expression-limits.js';
import { putFolder } from '../../storage/object-folder.js';
import type { JobHandler } from '../job-handler.js';

/** The part of the request that the runner itself reads: ids (or names) of the models. */
const requestSchema = z.object({ models: z.array(z.string()).min(1) });

/** Evaluation: data set and models in, report out. */
export const evaluationHandler: JobHandler = {
  async prepare(job, folder, _resumeFrom, { datasets, models, workspace, settings }) {
    const dataset = await datasets.get(job.datasetId);
    const bundles: { id: string; folder: string }[] = [];
    for (const reference of requestSchema.parse(job.request).models) {
      const model = await models.get(reference);
      bundles.push({ id: model.id, folder: await workspace.cached('models', model.digest, model.prefix) });
    }
    return {
      kind: 'evaluation',
      models: bundles,
      dataset: { id: dataset.id, folder: await workspace.cached('datasets', dataset.digest, dataset.prefix) },
      options: job.request,
      folder: join(folder, 'report'),
      threads: settings.computeThreads,
      expressionLimits: expressionLimits(settings),
    };
  },

  async complete(job, result, { store }) {
    if (result.kind !== 'evaluation') throw new Error(`internal: an evaluation job ended with ${result.kind}`);
    const prefix = `jobs/${job.id}/report/`;
    await store.deletePrefix(prefix);
    await putFolder(store, result.reportFolder, prefix);
    return { result: { prefix, verdict: result.verdict, summary: result.summary }, undo: () => store.deletePrefix(prefix) };
  },
};

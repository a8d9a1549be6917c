import { join } from 'node:path';
import { z } from 'zod';
import { putFolder } from '../../storage/object-folder.js';
import type { HandlerContext, JobHandler } from '../job-handler.js';

/** The part of the request that the runner itself reads: ids (or names) of models and classifier. */
const requestSchema = z.object({ models: z.array(z.string()).min(1), classifier: z.string().optional() });

async function bundleOf(reference: string, { models, workspace }: HandlerContext): Promise<{ id: string; folder: string }> {
  const model = await models.get(reference);
  return { id: model.id, folder: await workspace.cached('models', model.digest, model.prefix) };
}

/** Quality of generators: data set, models and classifier in, report out. */
export const generatorEvaluationHandler: JobHandler = {
  async prepare(job, folder, _resumeFrom, context) {
    const { datasets, workspace, settings } = context;
    const { models, classifier } = requestSchema.parse(job.request);
    const dataset = await datasets.get(job.datasetId);
    const bundles: { id: string; folder: string }[] = [];
    for (const reference of models) bundles.push(await bundleOf(reference, context));
    return {
      kind: 'generator-evaluation',
      models: bundles,
      ...(classifier !== undefined && { classifier: await bundleOf(classifier, context) }),
      dataset: { id: dataset.id, folder: await workspace.cached('datasets', dataset.digest, dataset.prefix) },
      options: job.request,
      folder: join(folder, 'report'),
      threads: settings.computeThreads,
    };
  },

  async complete(job, result, { store }) {
    if (result.kind !== 'generator-evaluation') throw new Error(`internal: a generator evaluation ended with ${result.kind}`);
    const prefix = `jobs/${job.id}/report/`;
    await store.deletePrefix(prefix);
    await putFolder(store, result.reportFolder, prefix);
    return { result: { prefix, summary: result.summary }, undo: () => store.deletePrefix(prefix) };
  },
};

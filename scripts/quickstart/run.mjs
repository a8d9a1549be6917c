import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, createApi } from './api.mjs';
import { showJob } from './progress.mjs';
import { startServer } from './server.mjs';
import { cleanTable, robustnessTable, verdictLine } from './table.mjs';

const DATASET = { builtIn: 'glyphs', name: 'quickstart-glyphs', trainCount: 6000, validationCount: 1000, testCount: 1000, seed: 1 };
const TRAINING = {
  network: { architecture: 'convnet', channels: [16, 32], strides: [2, 2], dense: [64] },
  optimiser: { name: 'adam', learningRate: 0.002 },
  batchSize: 64,
  epochs: 8,
  seed: 1,
};
const METHODS = [
  { suffix: 'plain', method: { name: 'erm' }, label: 'training plain' },
  { suffix: 'manifold-mixup', method: { name: 'manifold-mixup' }, label: 'training with manifold mixup' },
];
const EPSILONS = [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3];

/** The data set of that name, made when it is not there. @param {import('./api.mjs').Api} api */
async function ensureDataset(api) {
  try {
    return await api.get(`/datasets/${DATASET.name}`);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    return api.post('/datasets/built-in', DATASET);
  }
}

/**
 * The whole job over the public REST API.
 * @param {import('./api.mjs').Api} api
 * @param {string} reportFile where the HTML report is saved
 */
async function tell(api, reportFile) {
  const dataset = await ensureDataset(api);
  const counts = ['train', 'validation', 'test'].map((split) => `${dataset.splits[split]?.count ?? 0} ${split}`);
  console.log(`\n1. Data set ${dataset.name}: ${counts.join(', ')}, ${dataset.classes.length} classes, shape ${dataset.exampleShape.join(' x ')}`);
  console.log(`   ${api.url}/api/v1/datasets/${dataset.name}/preview.png`);

  console.log('\n2. The same network, trained twice');
  const run = Date.now().toString(36);
  const models = [];
  for (const { suffix, method, label } of METHODS) {
    const { id } = await api.post('/training-jobs', { name: `${suffix}-${run}`, dataset: dataset.name, ...TRAINING, method });
    models.push((await showJob(api, `/training-jobs/${id}`, label)).result.modelId);
  }

  console.log('\n3. Both attacked with FGSM, on the test split');
  const request = { name: 'Plain training against manifold mixup', models, dataset: dataset.id, norm: 'Linf', epsilons: EPSILONS, attacks: [{ name: 'fgsm' }] };
  const evaluation = await api.post('/evaluations', request);
  const path = `/evaluations/${evaluation.id}`;
  await showJob(api, path, 'evaluating');
  const report = await api.get(`${path}/report.json`);
  console.log(`\nAccuracy under FGSM (Linf, epsilon in pixel units of [0, 1]; in brackets the 95 % interval)\n${robustnessTable(report)}`);
  console.log(`\n${cleanTable(report)}\n\n${verdictLine(report.verdict.value)}`);
  console.log('One short run on a small data set shows the service, not which method is better: that takes several seeds and longer training.');

  await writeFile(reportFile, await api.text(`${path}/report.html`));
  console.log(`\nReport        ${api.url}/api/v1${path}/report.html\n   saved as   ${reportFile}\nSwagger UI    ${api.url}/docs`);
}

/** An error as one line for people; what fetch hides in its cause is said. @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/**
 * Starts a server, tells the story, and keeps the server until Ctrl-C, or stops it at once.
 * @param {{ root: string, once: boolean }} options
 * @returns {Promise<number>} exit code
 */
export async function runQuickstart({ root, once }) {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort());
  let server;
  try {
    const begun = performance.now();
    console.log('Starting Rampart (api and worker on the embedded database, data in data/quickstart) ...');
    server = await startServer(root, join('data', 'quickstart'));
    console.log(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s: ${server.url}`);
    const lost = server.ended.then((how) => {
      throw new Error(`the server has ended (${how})`);
    });
    const aborted = new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve));
    await Promise.race([tell(createApi(server.url, interrupted.signal), join('data', 'quickstart-report.html')), lost]);
    console.log(`\nDone in ${((performance.now() - begun) / 1000).toFixed(0)} s.`);
    if (once || interrupted.signal.aborted) return 0;
    console.log('The server is still running; Ctrl-C stops it.');
    await Promise.race([aborted, lost]);
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 0;
    console.error(`\nquickstart: ${describe(error)}`);
    return 1;
  } finally {
    await server?.stop();
  }
}

/**
 * Card "manifold mixup", claims C1 (test NLL), C2 (error) and C3 (FGSM accuracy) on Fashion-MNIST:
 * 10,000 training images, the whole test split, 5 seeds, equal steps and data order in all arms.
 * Run: npm run bench -- claims/manifold-mixup   (data: RAMPART_DATA_SETS, by default ../shared/data)
 */
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startAttack } from '../../src/attacks/run-attack.js';
import { normBall } from '../../src/attacks/norm-balls.js';
import type { LoadedModel } from '../../src/bundles/model.js';
import { engineFor } from '../../src/compiler/engines.js';
import type { Dataset, DatasetSplit } from '../../src/datasets/dataset.js';
import { importDataset } from '../../src/datasets/import-dataset.js';
import { openDataset } from '../../src/datasets/open-dataset.js';
import { modelState } from '../../src/networks/index.js';
import type { JobObserver } from '../../src/observer/job-observer.js';
import { train, type TrainingResult } from '../../src/training/index.js';
import type { MethodOptions } from '../../src/training/methods/method.options.js';
import { trainingOptionsSchema } from '../../src/training/training.options.js';
import { modelOver, signaturesAt } from '../workloads/classifier-model.js';
import { armTable, judge, runExperiment, verdictTable, type Claim } from './harness.js';

const DATA = resolve(process.env.RAMPART_DATA_SETS ?? '../shared/data', 'fashion-mnist');
const TRAINING_IMAGES = 10_000;
const TEST_BATCH = 250;
const EPSILONS = [0.02, 0.05, 0.1];
/** `... manifold-mixup 3` runs the first three seeds only. */
const SEEDS = [1, 2, 3, 4, 5].slice(0, Number(process.argv[2] ?? 5));
const EPOCHS = 20;

const ARMS: Readonly<Record<string, MethodOptions>> = {
  none: { name: 'erm', labelSmoothing: 0 },
  'input-mixup': { name: 'input-mixup', alpha: 1 },
  'manifold-mixup': { name: 'manifold-mixup', alpha: 2, mixPoints: [0, 1, 2], blockGradient: false },
};

const trainingOptions = (arm: string, seed: number) =>
  trainingOptionsSchema.parse({
    network: { architecture: 'convnet', channels: [16, 32], strides: [2, 2], dense: [128] },
    method: ARMS[arm],
    optimiser: { name: 'adam', learningRate: 1e-3 },
    epochs: EPOCHS, batchSize: 128, seed, threads: 1, checkpoint: { everySeconds: 86_400 },
  });

const CLAIMS: readonly Claim[] = [
  { id: 'C1', text: 'test NLL: manifold mixup < none', metric: 'nll', direction: 'lower', better: 'manifold-mixup', worse: 'none' },
  { id: 'C2a', text: 'test error: manifold mixup <= none', metric: 'error', direction: 'lower', better: 'manifold-mixup', worse: 'none' },
  { id: 'C2b', text: 'test error: manifold mixup <= input mixup', metric: 'error', direction: 'lower', better: 'manifold-mixup', worse: 'input-mixup' },
  { id: 'C3a', text: 'FGSM accuracy at 0.05: manifold mixup > none', metric: 'fgsm@0.05', direction: 'higher', better: 'manifold-mixup', worse: 'none' },
  { id: 'C3b', text: 'FGSM accuracy at 0.05: manifold mixup >= input mixup', metric: 'fgsm@0.05', direction: 'higher', better: 'manifold-mixup', worse: 'input-mixup' },
];

const silent: JobObserver = { event: () => undefined, progress: () => undefined, metrics: () => undefined, picture: () => Promise.resolve(), checkpoint: () => Promise.resolve() };

/** Fashion-MNIST in the canonical form, its training split cut to the first `TRAINING_IMAGES` of a seeded shuffle by the importer. */
async function openFashion(folder: string): Promise<Dataset> {
  if (!existsSync(DATA)) throw new Error(`no Fashion-MNIST files at ${DATA}; set RAMPART_DATA_SETS`);
  const roles = { 'train-images': 'train-images-idx3', 'train-labels': 'train-labels-idx1', 'test-images': 't10k-images-idx3', 'test-labels': 't10k-labels-idx1' } as const;
  const files = Object.entries(roles).map(([role, name]) => ({
    role: role as keyof typeof roles, name, open: () => createReadStream(join(DATA, `${name}-ubyte.gz`)),
  }));
  await importDataset({ name: 'fashion-mnist', format: 'idx', split: { validationFraction: 1 - TRAINING_IMAGES / 60_000, seed: 1 } }, files, folder);
  const opened = await openDataset(folder);
  const { descriptor } = opened;
  const { train: trainSplit, test } = descriptor.splits;
  // Without the validation split (the other 50,000 images) the loop does not validate.
  return { descriptor: { ...descriptor, splits: { train: trainSplit!, test: test! } }, split: (name) => opened.split(name) };
}

/** The trained classifier as a model, compiled for `TEST_BATCH` examples. */
async function asModel({ network, parameters }: TrainingResult): Promise<LoadedModel> {
  const family = await engineFor('onnx').compileFamily({ ...signaturesAt(network, TEST_BATCH) }, modelState(network), { state: parameters, threads: 1 });
  return { ...modelOver(network, (signature, inputs) => family.run(signature, inputs)), dispose: () => family.dispose() };
}

async function measure(model: LoadedModel, test: DatasetSplit): Promise<Record<string, number>> {
  const sums: Record<string, number> = { nll: 0, error: 0, ...Object.fromEntries(EPSILONS.map((epsilon) => [`fgsm@${epsilon}`, 0])) };
  for (let start = 0; start + TEST_BATCH <= test.count; start += TEST_BATCH) {
    const { examples, labels } = test.batch(Array.from({ length: TEST_BATCH }, (_, i) => start + i));
    const { loss } = await model.run('lossGradient', {
      x: { dtype: 'float32', shape: [TEST_BATCH, ...model.manifest.input.shape], data: examples }, y: { dtype: 'int32', shape: [TEST_BATCH], data: labels },
    });
    sums.nll! += (loss!.data as Float32Array).reduce((total, value) => total + value, 0);
    const attack = await startAttack(model, { examples, labels }, { ball: normBall('Linf') }, { name: 'fgsm' });
    const correct = (predicted: Int32Array): number => predicted.reduce((count, label, i) => count + Number(label === labels[i]), 0);
    sums.error! += TEST_BATCH - correct((await attack.at(0)).predictions.labels);
    for (const epsilon of EPSILONS) sums[`fgsm@${epsilon}`]! += correct((await attack.at(epsilon)).predictions.labels);
  }
  return Object.fromEntries(Object.entries(sums).map(([metric, sum]) => [metric, sum / (Math.floor(test.count / TEST_BATCH) * TEST_BATCH)]));
}

const folder = await mkdtemp(join(tmpdir(), 'rampart-claims-'));
try {
  const dataset = await openFashion(join(folder, 'data'));
  const results = await runExperiment({
    file: 'bench/claims/results/manifold-mixup.json',
    settings: { digest: dataset.descriptor.digest, options: Object.keys(ARMS).map((arm) => trainingOptions(arm, 0)), epsilons: EPSILONS },
    arms: Object.keys(ARMS),
    seeds: SEEDS,
    async run(arm, seed) {
      const result = await train({ dataset, options: trainingOptions(arm, seed), engine: engineFor('onnx'), folder: join(folder, `${arm}-${seed}`) }, silent, new AbortController().signal);
      if (result.state !== 'succeeded') throw new Error(`${arm} with seed ${seed} ended as ${result.state}`);
      const model = await asModel(result);
      try {
        return await measure(model, dataset.split('test'));
      } finally {
        await model.dispose();
      }
    },
  });
  const metrics = ['nll', 'error', ...EPSILONS.map((epsilon) => `fgsm@${epsilon}`)];
  const seconds = Object.keys(ARMS).map((arm) => {
    const own = results.filter((result) => result.arm === arm);
    return `${arm} ${(own.reduce((sum, result) => sum + result.seconds, 0) / own.length).toFixed(0)} s`;
  });
  const text = [
    '<!-- written by: npm run bench -- claims/manifold-mixup -->',
    `${TRAINING_IMAGES} training images, 10,000 test images, ${SEEDS.length} seeds, ${EPOCHS} epochs, convnet [16, 32] strides [2, 2] dense [128], Adam 1e-3, batch 128; mean ± standard deviation over seeds.`,
    '', armTable(Object.keys(ARMS), metrics, results), '', verdictTable(CLAIMS.map((claim) => judge(claim, results))), '',
    `A claim holds when the mean difference and at least 4 of 5 seeds have its sign. Training and testing one model took: ${seconds.join(', ')} (${availableParallelism()} cores, 1 thread each, ${new Date().toISOString().slice(0, 10)}).`, '',
  ].join('\n');
  await writeFile('bench/claims/results/manifold-mixup.md', text);
  console.log(text);
} finally {
  await rm(folder, { recursive: true, force: true });
}

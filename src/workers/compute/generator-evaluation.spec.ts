import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyGenerator } from '../../bundles/testing/tiny-generator.js';
import { writeBundle } from '../../bundles/write-bundle.js';
import { Key } from '../../compiler/random/index.js';
import { createBuiltIn } from '../../datasets/create-built-in.js';
import { generatorReportSchema } from '../../evaluation/generators/generator-report.schema.js';
import { recordingObserver } from '../../evaluation/testing/recording-observer.js';
import { classifierPrograms, createNetwork, initialise } from '../../networks/index.js';
import { networkOptionsSchema } from '../../networks/network.options.js';
import { computeGeneratorEvaluation } from './generator-evaluation.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-quality-'));
  const { classes } = await createBuiltIn(
    { builtIn: 'glyphs', name: 'glyphs', trainCount: 60, validationCount: 0, testCount: 40, seed: 1, noise: 0.1, distortion: 1, clutter: 2 },
    join(folder, 'dataset'),
  );
  await writeBundle(join(folder, 'generator'), { ...tinyGenerator({ shape: [28, 28, 1] }), classes: [...classes] });
  const options = networkOptionsSchema.parse({ architecture: 'mlp', hidden: [12] });
  const network = createNetwork(options, [28, 28, 1], classes.length);
  await writeBundle(join(folder, 'classifier'), {
    name: 'eyes', task: 'classification', input: { shape: [28, 28, 1], bounds: [0, 1], layout: 'NHWC' }, classes: [...classes],
    network: { ...options }, metrics: {}, programs: { ...classifierPrograms(network) }, parameters: initialise(network, Key.from(1)), rampartVersion: '0.0.0', threads: 1,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the computation of a generator evaluation', () => {
  it('judges a stored generator in the hidden layer of a stored classifier', async () => {
    const result = await computeGeneratorEvaluation({
      kind: 'generator-evaluation',
      models: [{ id: 'g', folder: join(folder, 'generator') }],
      classifier: { id: 'c', folder: join(folder, 'classifier') },
      dataset: { id: 'd', folder: join(folder, 'dataset') },
      options: { models: ['g'], classifier: 'c', dataset: 'd', samples: 50, similarityPairs: 5, draws: 4, likelihoodExamples: 3, gallerySize: 4 },
      folder: join(folder, 'report'),
      threads: 1,
    }, recordingObserver(), new AbortController().signal);
    const report = generatorReportSchema.parse(JSON.parse(await readFile(join(folder, 'report', 'report.json'), 'utf8')));
    expect(report.header.classifier).toMatchObject({ id: 'c', name: 'eyes', features: 'penultimate', width: 12 });
    const [{ samples, inference }] = report.results as [(typeof report.results)[number]];
    expect(samples.manifold.precision).toBeLessThan(0.5);
    expect(inference!.likelihood!.iwae).toBeGreaterThan(inference!.likelihood!.elbo);
    expect(result).toMatchObject({
      kind: 'generator-evaluation', reportFolder: join(folder, 'report'),
      summary: { models: [{ model: 'g', frechetDistance: samples.features!.frechetDistance }], warnings: report.notes.filter(({ severity }) => severity === 'warning').length },
    });
  });
});

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const PATH = '/api/v1/generator-evaluations';

describe('quality of generators over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 400, validationCount: 50, testCount: 120, seed: 1 });
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'two-spirals', name: 'spirals', trainCount: 60, validationCount: 0, testCount: 30, seed: 1 });
    const requests = [
      { name: 'eyes', dataset: 'glyphs', epochs: 2, batchSize: 50, seed: 7, network: { architecture: 'convnet', channels: [8], strides: [2], dense: [24] } },
      { name: 'flat', dataset: 'spirals', steps: 2, batchSize: 20, network: { architecture: 'mlp', hidden: [4] } },
      { name: 'vae', dataset: 'glyphs', method: { name: 'vae' }, steps: 60, batchSize: 50, seed: 7 },
      { name: 'gan', dataset: 'glyphs', method: { name: 'gan' }, steps: 5, batchSize: 20, seed: 7 },
    ];
    for (const request of requests) {
      const { body } = await server.api.post('/api/v1/training-jobs', request);
      expect(await server.api.ended(`/api/v1/training-jobs/${String(body.id)}`)).toMatchObject({ state: 'succeeded' });
    }
  });
  afterAll(() => server.remove());

  it('judges two models in the eyes of a classifier and reports in every form', async () => {
    const created = await server.api.post(PATH, { models: ['vae', 'gan'], dataset: 'glyphs', classifier: 'eyes', samples: 100, similarityPairs: 10, draws: 5, likelihoodExamples: 5 });
    expect(created.status).toBe(202);
    const path = `${PATH}/${String(created.body.id)}`;
    expect(created.headers.get('location')).toBe(path);
    const ended = await server.api.ended(path);
    expect(ended).toMatchObject({ state: 'succeeded', progress: { step: 4, totalSteps: 4 } });
    const report = (await server.api.get(`${path}/report.json`)).body;
    const schema = (await server.api.get('/api/v1/schemas/generator-report.json')).body;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report.header).toMatchObject({ classifier: { name: 'eyes', features: 'penultimate', width: 24 } });
    expect(report.results).toMatchObject([{ inference: { likelihood: { draws: 5 }, probe: { labels: 400 } } }, { inference: null }]);
    const page = await server.api.bytes(`${path}/report.html`);
    expect(page.type).toContain('text/html');
    expect(page.body.toString()).toContain('CLASSIFIER_FEATURES');
    expect((await server.api.bytes(`${path}/metrics.csv`)).body.toString()).toMatch(/^model,figure,value\n/);
    expect((await server.api.bytes(`${path}/report.md`)).body.toString()).toContain('| Frechet distance |');
    expect((await server.api.get(PATH)).body).toMatchObject({ items: [{ id: created.body.id }] });
  });

  it.each([
    ['a classifier in place of a generator', { models: ['eyes'], dataset: 'glyphs' }, 'signature-unknown', /decode/],
    ['a generator in place of a classifier', { models: ['vae'], dataset: 'glyphs', classifier: 'gan' }, 'signature-unknown', /predict/],
    ['a classifier of another input shape', { models: ['vae'], dataset: 'glyphs', classifier: 'flat' }, 'dataset-does-not-fit-model', /"flat"/],
    ['a data set of another shape', { models: ['vae'], dataset: 'spirals' }, 'dataset-does-not-fit-model', /"vae"/],
    ['too many samples', { models: ['vae'], dataset: 'glyphs', samples: 1_000_000 }, 'invalid-request', /samples|does not match/i],
    ['a model that does not exist', { models: ['nobody'], dataset: 'glyphs' }, 'model-not-found', /nobody/],
  ])('refuses %s', async (_, request, code, detail) => {
    const { body } = await server.api.post(PATH, request);
    expect(body).toMatchObject({ code });
    expect(`${String(body.detail)} ${JSON.stringify(body.errors)}`).toMatch(detail);
  });

  it('is cancelled', async () => {
    const { body } = await server.api.post(PATH, { models: ['vae'], dataset: 'glyphs', draws: 1000, likelihoodExamples: 120 });
    await server.api.post(`${PATH}/${String(body.id)}/cancel`);
    expect(await server.api.ended(`${PATH}/${String(body.id)}`)).toMatchObject({ state: 'cancelled' });
  });
});

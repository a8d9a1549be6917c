import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const JOBS = '/api/v1/training-jobs';
const network = { architecture: 'generator', latent: 4, channels: [4, 8], dense: [16] };
const common = { dataset: 'glyphs', steps: 30, batchSize: 25, seed: 3 };

describe('generators over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 300, validationCount: 50, testCount: 50, seed: 1 });
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'two-spirals', name: 'spirals', trainCount: 200, testCount: 50, seed: 1 });
    const { body } = await server.api.post(JOBS, { ...common, name: 'classifier', network: { architecture: 'convnet', channels: [4], dense: [8] } });
    await server.api.ended(`${JOBS}/${String(body.id)}`);
  });
  afterAll(() => server.remove());

  it.each([
    ['vae', { name: 'vae' }, ['decode', 'encode', 'logLikelihood', 'transition']],
    ['dr-vae', { name: 'dr-vae', classifier: 'classifier', layers: [1, 2] }, ['decode', 'encode', 'logLikelihood', 'transition']],
    ['gan', { name: 'gan', conditional: true, spectralNorm: true }, ['decode', 'discriminate']],
    ['ali', { name: 'ali' }, ['decode', 'discriminate', 'encode', 'transition']],
    ['gibbsnet', { name: 'gibbsnet', attributes: true }, ['decode', 'discriminate', 'encode', 'transition']],
  ])('trains %s, with pictures that its events name', async (name, method, signatures) => {
    const created = await server.api.post(JOBS, { ...common, name, network, method });
    expect(created.status, JSON.stringify(created.body)).toBe(202);
    expect(created.body).toMatchObject({ request: { averageDecay: 0.999, optimiser: { name: 'adam', learningRate: 5e-4, beta1: 0.5 } } });
    const path = `${JOBS}/${String(created.body.id)}`;
    const events = await server.api.events(`${path}/events/stream`);
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded', progress: { step: 30, totalSteps: 30 } });
    const hrefs = events.flatMap(({ data }) => ((data.data as { picture?: { href: string } } | undefined)?.picture?.href ?? []));
    expect(hrefs).toHaveLength(10);
    const listed = (await server.api.get(`${path}/pictures`)).body.items as { href: string; step: number }[];
    expect(listed.map(({ href }) => href)).toEqual(hrefs);
    expect(listed.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
    const picture = await server.api.bytes(hrefs.at(-1)!);
    expect([picture.type, picture.body.subarray(1, 4).toString()]).toEqual(['image/png', 'PNG']);
    const model = (await server.api.get(`/api/v1/models/${name}`)).body;
    expect(model).toMatchObject({
      task: 'generation', signatures,
      generation: { method: name, latent: 4, conditional: name === 'gan', attributes: name === 'gibbsnet', pixels: 'bernoulli' },
    });
    const classifier = (model.generation as { classifier?: { id: string } }).classifier;
    expect(classifier === undefined).toBe(name !== 'dr-vae');
  });

  it('trains on tables', async () => {
    const { body } = await server.api.post(JOBS, { ...common, dataset: 'spirals', name: 'points', method: { name: 'ali' } });
    const path = `${JOBS}/${String(body.id)}`;
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded' });
    expect((await server.api.get('/api/v1/models/points')).body).toMatchObject({ inputBounds: [-1, 1], generation: { pixels: 'gaussian' } });
  });

  it.each([
    ['predict', { instances: [Array<number>(784).fill(0)] }],
    ['attack', { name: 'fgsm', norm: 'Linf', epsilon: 0.1, instances: [Array<number>(784).fill(0)], labels: [0] }],
  ])('refuses %s on a generator, and names the signature', async (operation, request) => {
    const { status, body } = await server.api.post(`/api/v1/models/vae/${operation}`, request);
    expect(status).toBe(422);
    expect(body.detail).toMatch(/predict|lossGradient/);
    expect(body.detail).toContain('decode');
  });

  it('refuses to evaluate the robustness of a generator before it becomes a job', async () => {
    const { status, body } = await server.api.post('/api/v1/evaluations', { models: ['vae'], dataset: 'glyphs' });
    expect([status, body.code]).toEqual([422, 'model-not-differentiable']);
  });

  it.each([
    ['a classifier of other examples', { dataset: 'spirals', method: { name: 'dr-vae', classifier: 'classifier' } }, 422, 'classifier-shape-mismatch', '#/method/classifier'],
    ['a generator as the classifier', { method: { name: 'dr-vae', classifier: 'vae' } }, 422, 'classifier-cannot-be-rebuilt', '#/method/classifier'],
    ['a layer that the classifier lacks', { method: { name: 'dr-vae', classifier: 'classifier', layers: [9] } }, 422, 'classifier-layer-missing', '#/method/layers'],
    ['an unknown classifier', { method: { name: 'dr-vae', classifier: 'nothing' } }, 404, 'model-not-found', undefined],
    ['a classifier network', { method: { name: 'vae' }, network: { architecture: 'mlp' } }, 400, 'invalid-request', '#/network/architecture'],
    ['a generator network for a classifier', { method: { name: 'erm' }, network }, 400, 'invalid-request', '#/network/architecture'],
    ['no network for a classifier', { method: { name: 'erm' } }, 400, 'invalid-request', '#/network'],
    ['an early stop', { method: { name: 'vae' }, validation: { earlyStop: {} } }, 400, 'invalid-request', '#/validation/earlyStop'],
    ['a loss', { method: { name: 'vae' }, loss: { source: 'output loss = 1' } }, 400, 'invalid-request', '#/loss'],
    ['an unknown method', { method: { name: 'diffusion' } }, 400, 'invalid-request', '#/method/name'],
    ['an unknown option', { method: { name: 'gan', steps: 3 } }, 400, 'invalid-request', '#/method/steps'],
    ['no chain step', { method: { name: 'gibbsnet', steps: 0 } }, 400, 'invalid-request', '#/method/steps'],
    ['convolutions over a table', { dataset: 'spirals', method: { name: 'vae' }, network }, 422, 'network-input-mismatch', '#/network/architecture'],
    ['Bernoulli values outside [0, 1]', { dataset: 'spirals', method: { name: 'vae', pixels: 'bernoulli' } }, 422, 'bernoulli-outside-unit', '#/method/pixels'],
  ])('refuses %s', async (_, request, status, code, pointer) => {
    const answer = await server.api.post(JOBS, { ...common, name: 'refused', ...request });
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    if (pointer !== undefined) expect((answer.body.errors as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  });

  it('says which pictures a job lacks', async () => {
    const { body } = await server.api.get(`${JOBS}?limit=1`);
    const id = String((body.items as { id: string }[])[0]!.id);
    expect((await server.api.get(`${JOBS}/${id}/pictures/samples-7.png`)).body).toMatchObject({ code: 'picture-not-found' });
    expect((await server.api.get(`${JOBS}/${id}/pictures/..%2Fx`)).body).toMatchObject({ code: 'invalid-request' });
  });
});

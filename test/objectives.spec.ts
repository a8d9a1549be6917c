import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const JOBS = '/api/v1/training-jobs';
const INPUTS = 'input logits: float32[n, k]\ninput targets: float32[n, k]\n';
const BRIER = `${INPUTS}output loss = mean(sum((softmax(logits) - targets) ^ 2, axis: 1))`;
const MARGIN = `${INPUTS}output objective = max(where(targets > 0.5, -1e9, logits), axis: 1) - sum(logits * targets, axis: 1)`;
const network = { architecture: 'mlp', hidden: [16] };

describe('expressions as losses and objectives over REST', () => {
  let server: Server;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    server = await Server.start();
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 400, validationCount: 50, testCount: 100, seed: 1 });
    for (const [name, source] of Object.entries({ brier: BRIER, margin: MARGIN })) {
      const { status, body } = await server.api.post('/api/v1/expressions', { name, source });
      expect(status).toBe(201);
      ids[name] = String(body.id);
    }
  });
  afterAll(() => server.remove());

  it('trains with a stored loss that is deleted meanwhile; the request in the answer gives the same model again', async () => {
    const created = await server.api.post(JOBS, { name: 'own', dataset: 'glyphs', epochs: 2, batchSize: 50, seed: 7, network, loss: { expression: 'brier' } });
    expect(created.status).toBe(202);
    const request = created.body.request as Record<string, unknown>;
    const copied = { expression: ids.brier, name: 'brier', source: BRIER };
    expect(request.loss).toEqual(copied);
    expect((await server.api.delete('/api/v1/expressions/brier')).status).toBe(204);
    expect(await server.api.ended(`${JOBS}/${String(created.body.id)}`)).toMatchObject({ state: 'succeeded', request: { loss: copied } });
    const again = await server.api.post(JOBS, { ...request, name: 'again' });
    expect(again.status).toBe(202);
    await server.api.ended(`${JOBS}/${String(again.body.id)}`);
    const models = await Promise.all(['own', 'again'].map(async (name) => (await server.api.get(`/api/v1/models/${name}`)).body as { manifest: { training: unknown; parts: { file: string; sha256: string }[] } }));
    const weights = models.map(({ manifest }) => manifest.parts.find(({ file }) => file === 'weights.safetensors')!.sha256);
    expect(weights[1]).toBe(weights[0]);
    expect(models[0]!.manifest.training).toMatchObject({ loss: copied });
  });

  it.each<[string, number, object, string, RegExp]>([
    ['an unknown expression', 404, { expression: 'nothing' }, 'expression-not-found', /nothing/],
    ['neither expression nor source', 400, {}, 'invalid-request', /./],
    ['a source that is not that of the expression', 422, { expression: 'margin', source: BRIER }, 'expression-source-differs', /margin/],
    ['a result for each example', 422, { expression: 'margin' }, 'expression-unfit', /result is float32\[n\]; accepted: float32, one number/],
    ['a source that cannot be read', 422, { source: 'output a = 1 +' }, 'expression-syntax', /Line 1/],
    ['a state', 422, { source: `${INPUTS}shared w: float32 = 1\noutput loss = w * mean(crossEntropy(logits, targets))` }, 'expression-unfit', /shared variable 'w'/],
    ['no gradient', 422, { source: `${INPUTS}output loss = mean(float32(argmax(logits)))` }, 'expression-gradient', /argmax/],
  ])('refuses %s as a loss', async (_, status, loss, code, detail) => {
    const answer = await server.api.post(JOBS, { name: 'bad', dataset: 'glyphs', epochs: 1, network, loss });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.body.detail).toMatch(detail);
  });

  it('attacks with a stored objective, at once and in an evaluation', async () => {
    const examples = { dataset: 'glyphs', indices: [0, 1, 2, 3, 4, 5] };
    const attack = await server.api.post('/api/v1/models/own/attack', { name: 'fgsm', epsilon: 0.2, objective: { expression: ids.margin }, examples });
    expect(attack.status).toBe(200);
    const objective = { expression: ids.margin, name: 'margin', source: MARGIN };
    expect(attack.body.attack).toMatchObject({ name: 'fgsm', objective });
    expect(attack.body.summary).toMatchObject({ count: 6, gradientQueries: 1, forwardQueries: 2 });
    const refused = await server.api.post('/api/v1/models/own/attack', { name: 'fgsm', epsilon: 0.2, objective: { source: MARGIN.replaceAll('k]', '7]') }, examples });
    expect(refused.body).toMatchObject({ status: 422, code: 'expression-unfit' });

    const created = await server.api.post('/api/v1/evaluations', { models: ['own'], dataset: 'glyphs', epsilons: [0.1], attacks: [{ name: 'fgsm', objective: { expression: 'margin' } }] });
    expect(created.body.request).toMatchObject({ attacks: [{ name: 'fgsm', objective }] });
    expect((await server.api.delete('/api/v1/expressions/margin')).status).toBe(204);
    const path = `/api/v1/evaluations/${String(created.body.id)}`;
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded' });
    expect((await server.api.bytes(`${path}/report.html`)).body.toString()).toContain('expression margin');
  });
});

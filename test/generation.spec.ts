import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Server } from './support/server.js';

const JOBS = '/api/v1/training-jobs';

const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({
    tags: z.array(z.string()),
    requestBody: z.object({ content: z.object({ 'application/json': z.object({ examples: z.record(z.string(), z.object({ value: z.record(z.string(), z.unknown()) })).optional() }).optional() }) }).optional(),
  }))),
});

/** Every request body that Swagger UI offers for generators: [operation, name, body]. */
function swaggerExamples(): [string, string, Record<string, unknown>][] {
  const { paths } = description.parse(JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')));
  return Object.entries(paths).flatMap(([path, { post }]) => {
    const examples = post?.tags.includes('generation') ? (post.requestBody?.content['application/json']?.examples ?? {}) : {};
    return Object.entries(examples).map(([name, { value }]): [string, string, Record<string, unknown>] => [path.replace('/api/v1/models/{id}/', ''), name, value]);
  });
}

describe('generators that the service trained', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 200, testCount: 50, seed: 1 });
    const network = { architecture: 'generator', latent: 16, channels: [4, 8], dense: [16] };
    for (const [name, method] of [['vae', { name: 'vae' }], ['gan', { name: 'gan', conditional: true }], ['gibbsnet', { name: 'gibbsnet', attributes: true }]] as const) {
      const { body } = await server.api.post(JOBS, { dataset: 'glyphs', steps: 10, batchSize: 25, seed: 3, name, network, method });
      expect(await server.api.ended(`${JOBS}/${String(body.id)}`)).toMatchObject({ state: 'succeeded' });
    }
  });
  afterAll(() => server.remove());

  it.each(swaggerExamples())('answers the example of %s: %s', async (operation, _name, body) => {
    const model = operation === 'attributes' ? 'gibbsnet' : 'vae';
    const answer = await server.api.post(`/api/v1/models/${model}/${operation}`, body);
    expect(answer.status, JSON.stringify(answer.body).slice(0, 500)).toBe(200);
    const expected = typeof body.format === 'string' ? `image/${body.format}` : 'application/json';
    expect(answer.headers.get('content-type')).toContain(expected);
  });

  it('keeps known pixels and repeats a seeded draw bit for bit', async () => {
    const picture = Array.from({ length: 784 }, (_, i) => (i % 256) / 255);
    const mask = picture.map((_, i) => (i % 2 === 0 ? 1 : 0));
    for (const model of ['vae', 'gibbsnet']) {
      const [first, second] = await Promise.all([1, 2].map(() => server.api.post(`/api/v1/models/${model}/inpaint`, { picture, mask, completions: 2, seed: 6 })));
      expect(first!.body).toMatchObject({ method: model, maskConvention: 'known-is-1', knownPixels: 392, steps: 20, seed: 6 });
      expect(second!.body).toEqual(first!.body);
      for (const completion of first!.body.completions as number[][][][]) {
        completion.flat(2).forEach((value, i) => mask[i] === 1 && expect(value).toBe(Math.fround(picture[i]!)));
      }
    }
  });

  it('finds the data set that a model was trained on', async () => {
    const { status, body } = await server.api.post('/api/v1/models/vae/nearest', { count: 2 });
    expect([status, (body.indices as number[][]).map((row) => row.length)]).toEqual([200, [4, 4]]);
  });

  it('draws of a class from a conditional GAN, which cannot encode', async () => {
    expect((await server.api.post('/api/v1/models/gan/samples', { count: 2, class: 7 })).body).toMatchObject({ method: 'gan', classes: [7, 7] });
    expect((await server.api.post('/api/v1/models/gan/encode', { examples: { dataset: 'glyphs', indices: [0] } })).body)
      .toMatchObject({ status: 422, code: 'signature-unknown', detail: expect.stringContaining('no signature "encode"') as string });
  });
});

import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { idx } from './fixtures/dataset-files.js';
import { Server } from './support/server.js';

const IMAGES = idx([20, 4, 4]);
const LABELS = idx([20], Array.from({ length: 20 }, (_, i) => i % 2));
const JOBS = '/api/v1/training-jobs';

function form(options: unknown, files: Record<string, Uint8Array>): FormData {
  const data = new FormData();
  data.set('options', JSON.stringify(options));
  for (const [field, bytes] of Object.entries(files)) data.set(field, new Blob([bytes]), field);
  return data;
}

describe('bad input over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
    const good = await server.api.post('/api/v1/datasets', form({ name: 'tiny', format: 'idx' }, { 'train-images': IMAGES, 'train-labels': LABELS }));
    expect(good.status).toBe(201);
  });
  afterAll(() => server.remove());

  const uploads: [string, unknown, Record<string, Uint8Array>][] = [
    ['truncated IDX', { format: 'idx' }, { 'train-images': IMAGES.subarray(0, 100), 'train-labels': LABELS }],
    ['wrong magic', { format: 'idx' }, { 'train-images': Buffer.from('PK\x03\x04 something else'), 'train-labels': LABELS }],
    ['another number of labels', { format: 'idx' }, { 'train-images': IMAGES, 'train-labels': idx([19], Array<number>(19).fill(0)) }],
    ['labels outside the classes', { format: 'idx', classes: ['a', 'b'] }, { 'train-images': IMAGES, 'train-labels': idx([20], Array<number>(20).fill(7)) }],
    ['a gzip bomb', { format: 'idx' }, { 'train-images': gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'train-labels': LABELS }],
    ['an empty file', { format: 'idx' }, { 'train-images': Buffer.alloc(0), 'train-labels': LABELS }],
    ['NaN in CSV', { format: 'csv', header: false }, { train: Buffer.from('1,2,a\n3,NaN,b\n') }],
  ];
  it.each(uploads)('refuses %s and keeps nothing', async (_title, options, files) => {
    const answer = await server.api.post('/api/v1/datasets', form({ name: 'refused', ...(options as object) }, files));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status: answer.status, code: expect.any(String) as string, detail: expect.any(String) as string });
    expect(answer.body.code, JSON.stringify(answer.body)).not.toBe('internal-error');
    expect((await server.api.get('/api/v1/datasets/refused')).status).toBe(404);
  });

  const network = { architecture: 'mlp', hidden: [8] };
  const jobs: [string, Record<string, unknown>, string | undefined][] = [
    ['an unknown network', { network: { architecture: 'transformer' } }, '/network'],
    ['a mix point outside the network', { network, method: { name: 'manifold-mixup', mixPoints: [0, 9] } }, '/method/mixPoints'],
    ['a batch larger than the data', { network, batchSize: 4000 }, '/batchSize'],
    ['epochs and steps together', { network, epochs: 1, steps: 1 }, '/epochs'],
    ['an unknown data set', { network, dataset: 'nothing' }, undefined],
    ['a bad name', { network, name: '../etc' }, '/name'],
  ];
  it.each(jobs)('refuses %s', async (_title, fields, pointer) => {
    const answer = await server.api.post(JOBS, { name: 'refused', dataset: 'tiny', steps: fields.epochs === undefined ? 5 : undefined, batchSize: 8, ...fields });
    expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (pointer !== undefined) expect((answer.body.errors as { pointer: string }[]).map((error) => error.pointer).join()).toContain(pointer);
    expect((await server.api.get(JOBS)).body.items).toEqual([]);
  });

  it('lets one of two jobs with the same name in', async () => {
    const body = { name: 'twins', dataset: 'tiny', network, steps: 5, batchSize: 8, seed: 1 };
    const answers = await Promise.all([server.api.post(JOBS, body), server.api.post(JOBS, body)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409]);
    const won = answers.find((answer) => answer.status === 202)!;
    expect(await server.api.ended(`${JOBS}/${String(won.body.id)}`)).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    ['predict with a wrong shape', 'predict', { instances: [[1, 2, 3]] }],
    ['predict with numbers beyond float32', 'predict', '{"instances": [[1e999]]}'],
    ['an epsilon outside the input range', 'attack', { name: 'fgsm', epsilon: 1.5, instances: [Array<number>(16).fill(0)], labels: [0] }],
    ['a label outside the classes', 'attack', { name: 'fgsm', epsilon: 0.1, instances: [Array<number>(16).fill(0)], labels: [12] }],
  ])('refuses %s', async (_title, action, body) => {
    const response = await fetch(`${server.url}/api/v1/models/twins/${action}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.json()).toMatchObject({ code: expect.any(String) as string, detail: expect.any(String) as string });
  });

  it('refuses malformed JSON, unknown paths and prototype keys with a problem', async () => {
    for (const [path, body] of [[JOBS, '{"name": '], ['/api/v1/nowhere', '{}'], [JOBS, '{"__proto__": {"a": 1}}']] as const) {
      const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('keeps nothing of an upload that is cut off half-way', async () => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = '--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"name":"cut","format":"idx"}\r\n--b\r\nContent-Disposition: form-data; name="train-images"; filename="train-images"\r\n\r\n';
    socket.write(`POST /api/v1/datasets HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n${head}`);
    socket.write(IMAGES);
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    const leftovers = async () => (await readdir(join(server.data), { recursive: true })).filter((file) => file.endsWith('.part'));
    await vi.waitFor(async () => expect(await leftovers()).toEqual([]), { timeout: 4000, interval: 100 }); // also while folders disappear under the listing
    expect((await server.api.get('/api/v1/datasets/cut')).status).toBe(404);
    expect((await server.api.get('/livez')).status).toBe(200);
  });
});

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { Server } from './support/server.js';

const JOBS = '/api/v1/training-jobs';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await promisify<Buffer, yauzl.Options, yauzl.ZipFile>((from, options, done) => yauzl.fromBuffer(from, options, (error, file) => done(error, file)))(bytes, { lazyEntries: true });
  const files = new Map<string, Buffer>();
  return new Promise((resolve, reject) => {
    zip.on('error', reject).on('end', () => resolve(files));
    zip.on('entry', (entry: yauzl.Entry) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        buffer(stream).then((content) => {
          files.set(entry.fileName, content);
          zip.readEntry();
        }, reject);
      });
    });
    zip.readEntry();
  });
}

interface ManifestView {
  readonly parts: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
}

describe('the main job over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.remove());

  it('creates the built-in data set', async () => {
    const { status, body, headers } = await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 1500, validationCount: 200, testCount: 300, seed: 1 });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'glyphs', exampleShape: [28, 28, 1], bounds: [0, 1], splits: { train: { count: 1500 }, test: { count: 300 } } });
    expect(headers.get('location')).toBe(`/api/v1/datasets/${String(body.id)}`);
    const preview = await server.api.bytes('/api/v1/datasets/glyphs/preview.png');
    expect(preview.type).toBe('image/png');
    expect(preview.body.subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    ['plain', { name: 'erm' }],
    ['mixed', { name: 'manifold-mixup', mixPoints: [0, 1] }],
  ])('trains %s and streams the progress', async (name, method) => {
    const created = await server.api.post(JOBS, {
      name, dataset: 'glyphs', method, epochs: 4, batchSize: 50, seed: 7,
      network: { architecture: 'convnet', channels: [8, 16], strides: [2, 2], dense: [32] },
    });
    expect(created.body).toMatchObject({ state: 'queued', name });
    expect(created.status).toBe(202);
    const path = `${JOBS}/${String(created.body.id)}`;
    const events = await server.api.events(`${path}/events/stream`);
    // Progress comes between the events of the log and has no id.
    const ids = events.filter(({ event }) => event !== 'progress').map((event) => event.id);
    expect(ids).toEqual(ids.map((_, i) => i + 1));
    expect(events.some((event) => event.data.type === 'metrics')).toBe(true);
    const job = await server.api.ended(path);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1, progress: { step: 120, totalSteps: 120 } });
    const replay = await server.api.events(`${path}/events/stream`, { lastEventId: ids.at(-3)! });
    expect(replay.filter(({ event }) => event !== 'progress').map((event) => event.id)).toEqual(ids.slice(-2));
    expect((await server.api.bytes(`${path}/metrics.csv`)).body.toString()).toMatch(/^step,/);
    expect((await server.api.bytes(`${path}/metrics.svg`)).body.toString()).toContain('<svg');
    const model = (await server.api.get(`/api/v1/models/${name}`)).body as { manifest?: { metrics: Record<string, number> } };
    expect(model.manifest!.metrics['test/accuracy']).toBeGreaterThan(0.5);
  });

  it('predicts rows and pictures alike', async () => {
    const rows = [Array<number>(784).fill(0), Array<number>(784).fill(1)];
    const { status, body } = await server.api.post('/api/v1/models/plain/predict', { instances: rows });
    expect(status).toBe(200);
    const predictions = body.predictions as { probabilities: number[] }[];
    expect(predictions).toHaveLength(2);
    for (const { probabilities } of predictions) expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const sharp = (await import('sharp')).default;
    const png = await sharp(Buffer.alloc(784, 255), { raw: { width: 28, height: 28, channels: 1 } }).png().toBuffer();
    const answer = await fetch(`${server.url}/api/v1/models/plain/predict-image`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: new Uint8Array(png) });
    const image = (await answer.json()) as { predictions: { probabilities: number[] }[] };
    expect(answer.status).toBe(200);
    image.predictions[0]!.probabilities.forEach((p, i) => expect(p).toBeCloseTo(predictions[1]!.probabilities[i]!, 5));
  });

  it.each(['Linf', 'L2'])('attacks at once under %s and stays in the ball', async (norm) => {
    const epsilon = norm === 'Linf' ? 0.2 : 2;
    const { status, body } = await server.api.post('/api/v1/models/plain/attack', { name: 'fgsm', norm, epsilon, examples: { dataset: 'glyphs', indices: [0, 1, 2, 3, 4, 5, 6, 7] }, strip: true });
    expect(status).toBe(200);
    const examples = body.examples as { distance: number }[];
    expect(examples).toHaveLength(8);
    for (const { distance } of examples) expect(distance).toBeLessThanOrEqual(epsilon * (1 + 1e-5));
    const values = (body.adversarial as unknown[]).flat(4) as number[];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect((body.strip as { png: string }).png).toMatch(/^iVBOR/);
  });

  it('evaluates both models and reports', async () => {
    const created = await server.api.post('/api/v1/evaluations', { models: ['plain', 'mixed'], dataset: 'glyphs', epsilons: [0.02, 0.05, 0.1, 0.2, 0.3] });
    expect(created.status).toBe(202);
    const path = `/api/v1/evaluations/${String(created.body.id)}`;
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded' });
    const report = (await server.api.get(`${path}/report.json`)).body;
    const schema = (await server.api.get('/api/v1/schemas/report.json')).body;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report.verdict).toMatchObject({ value: 'inconclusive' });
    const page = await server.api.bytes(`${path}/report.html`);
    expect(page.type).toContain('text/html');
    expect(page.body.toString()).toContain('inconclusive');
    expect(page.body.toString()).not.toMatch(/(src|href)="https?:/);
  });

  it('downloads a bundle whose parts match their digests', async () => {
    const files = await unzip((await server.api.bytes('/api/v1/models/plain/download')).body);
    const manifest = JSON.parse(files.get('manifest.json')!.toString()) as ManifestView;
    expect(manifest.parts.map((part) => part.file).sort()).toEqual([...files.keys()].filter((name) => name !== 'manifest.json').sort());
    for (const { file, bytes, sha256: digest } of manifest.parts) {
      expect(files.get(file)!.length).toBe(bytes);
      expect(sha256(files.get(file)!)).toBe(digest);
    }
  });

  it('repeats a training job bit for bit, and cancels within a step', async () => {
    const body = { dataset: 'glyphs', steps: 40, batchSize: 32, seed: 3, network: { architecture: 'mlp', hidden: [32] } };
    for (const name of ['twin-1', 'twin-2']) {
      const { body: job } = await server.api.post(JOBS, { ...body, name });
      expect(await server.api.ended(`${JOBS}/${String(job.id)}`)).toMatchObject({ state: 'succeeded' });
    }
    const weights = await Promise.all(['twin-1', 'twin-2'].map(async (name) => sha256((await unzip((await server.api.bytes(`/api/v1/models/${name}/download`)).body)).get('weights.safetensors')!)));
    expect(weights[0]).toBe(weights[1]);
    const { body: long } = await server.api.post(JOBS, { ...body, name: 'long', steps: 1_000_000 });
    const path = `${JOBS}/${String(long.id)}`;
    await server.api.until(path, (job) => (job.progress?.step ?? 0) > 0);
    expect((await server.api.delete('/api/v1/datasets/glyphs')).status).toBe(409);
    expect((await server.api.post(`${path}/cancel`)).status).toBe(202);
    expect(await server.api.ended(path, 20_000)).toMatchObject({ state: 'cancelled' });
    expect((await server.api.get('/api/v1/models/long')).status).toBe(404);
  });

  it('keeps everything over a restart', async () => {
    const before = (await server.api.get('/api/v1/models')).body;
    expect(await server.end()).toBe(0);
    server = await Server.start(server.data);
    expect((await server.api.get('/api/v1/models')).body).toEqual(before);
    expect((await server.api.post('/api/v1/models/plain/predict', { instances: [Array<number>(784).fill(0)] })).status).toBe(200);
    expect((await server.api.delete('/api/v1/datasets/glyphs')).status).toBe(204);
    expect((await server.api.get('/api/v1/datasets/glyphs')).status).toBe(404);
  });
});

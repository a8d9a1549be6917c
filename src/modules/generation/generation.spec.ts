import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyGenerator } from '../../bundles/testing/tiny-generator.js';
import { GeneratorServer } from './testing/generator-server.js';

const SHAPE = [28, 28, 1];
const SIZE = 28 * 28;
/** Multiples of 1/255, so that a PNG holds them exactly. */
const LEVELS = Array.from({ length: SIZE }, (_, i) => (i * 31) % 256);
const PICTURE = LEVELS.map((level) => level / 255);
/** 1 in the upper half. */
const UPPER = Array.from({ length: SIZE }, (_, i) => (i < SIZE / 2 ? 1 : 0));

const png = (bytes: readonly number[], channels: 1 | 4 = 1): Promise<string> =>
  sharp(Uint8Array.from(bytes), { raw: { width: 28, height: 28, channels } }).toColourspace(channels === 1 ? 'b-w' : 'srgb').png().toBuffer().then((file) => file.toString('base64'));
const flat = (picture: unknown): number[] => (picture as number[][][]).flat(2);

describe('generation over REST', () => {
  let server: GeneratorServer;
  beforeAll(async () => {
    server = await GeneratorServer.start({
      vae: tinyGenerator({ method: 'vae', shape: SHAPE }),
      conditional: tinyGenerator({ method: 'ali', shape: SHAPE, conditional: true }),
      gibbsnet: tinyGenerator({ method: 'gibbsnet', shape: SHAPE, attributes: true }),
      plane: tinyGenerator({ method: 'vae', shape: [2] }),
    });
  });
  afterAll(() => server.stop());

  it('samples as numbers, repeatably, with the facts of the draw', async () => {
    const request = { count: 3, seed: 9, temperature: 0.5 };
    const { status, body } = await server.post('vae/samples', request);
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: { name: 'vae' }, method: 'vae', seed: 9, steps: 1 });
    const samples = body['samples'] as unknown[];
    expect(samples.map((sample) => flat(sample).length)).toEqual([SIZE, SIZE, SIZE]);
    expect(flat(samples[0]).every((value) => value >= 0 && value <= 1)).toBe(true);
    expect((body['latents'] as number[][]).map((latent) => latent.length)).toEqual([4, 4, 4]);
    expect((await server.post('vae/samples', request)).body['samples']).toEqual(samples);
    expect((await server.post('vae/decode', { latents: body['latents'] })).body['samples']).toEqual(samples);
    expect((await server.post('gibbsnet/samples', { count: 1 })).body).toMatchObject({ steps: 20 });
  });

  it('gives pictures, zips and arrays as format or Accept say', async () => {
    const request = { count: 6, seed: 9 };
    const grid = await server.post('vae/samples', request, { accept: 'image/png, application/json;q=0.5' });
    expect(grid.headers).toMatchObject({ 'content-type': 'image/png', 'content-disposition': 'inline; filename="samples.png"', vary: 'accept' });
    expect(JSON.parse(String(grid.headers['x-rampart-generation']))).toMatchObject({ model: { name: 'vae' }, method: 'vae', seed: 9, steps: 1 });
    const { width, height, channels } = await sharp(grid.bytes).metadata();
    expect([width, height, channels]).toEqual([2 * (3 * 29 + 1), 2 * (2 * 29 + 1), 1]); // 3 columns, 2 rows, gaps of 1, twice the size
    const zip = await server.post('vae/samples', { ...request, format: 'zip' });
    expect(zip.headers['content-type']).toBe('application/zip');
    expect(zip.bytes.includes('sample-5.png')).toBe(true);
    const npz = await server.post('vae/samples', { ...request, format: 'npz' });
    expect(npz.bytes.includes("'shape': (6, 28, 28, 1)")).toBe(true);
    expect((await server.post('vae/samples', request, { accept: 'text/html' })).body).toMatchObject({ status: 406, code: 'not-acceptable' });
    expect((await server.post('vae/samples', { count: 1 }, { accept: '*/*' })).body).toHaveProperty('samples');
  });

  it('inpaints: known pixels come back bit for bit, in numbers and in the PNG', async () => {
    const request = { picture: PICTURE, mask: UPPER, completions: 3, steps: 4, seed: 2 };
    const { status, body } = await server.post('vae/inpaint', request);
    expect(status).toBe(200);
    expect(body).toMatchObject({ method: 'vae', maskConvention: 'known-is-1', knownPixels: SIZE / 2, steps: 4, seed: 2 });
    const completions = (body['completions'] as unknown[]).map(flat);
    for (const completion of completions) expect(completion.slice(0, SIZE / 2)).toEqual(PICTURE.slice(0, SIZE / 2).map(Math.fround));
    expect(completions[0]!.slice(SIZE / 2)).not.toEqual(completions[1]!.slice(SIZE / 2));
    const deviation = flat((body['deviation'] as number[][]).map((row) => row.map((value) => [value])));
    expect(deviation.slice(0, SIZE / 2).every((value) => value === 0)).toBe(true);
    expect(deviation.slice(SIZE / 2).every((value) => value > 0)).toBe(true);
    const strip = await server.post('vae/inpaint', { ...request, format: 'png' });
    const { data, info } = await sharp(strip.bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    // Column 1 of the strip is the first completion; pixels are doubled, with a gap of 1 around them.
    const row = Array.from({ length: 28 }, (_, x) => data[(2 * (1 + 3) * info.width + 2 * (1 + 29 + x)) * info.channels]);
    expect(row).toEqual(LEVELS.slice(3 * 28, 4 * 28));
  });

  it('takes the mask in every convention, as numbers and as a picture', async () => {
    const request = { completions: 1, steps: 2, seed: 2 };
    const expected = (await server.post('vae/inpaint', { ...request, picture: PICTURE, mask: UPPER })).body['completions'];
    const inverted = UPPER.map((known) => 1 - known);
    const nested = Array.from({ length: 28 }, (_, row) => UPPER.slice(row * 28, (row + 1) * 28));
    const file = await png(LEVELS);
    const ways = [
      { picture: PICTURE, mask: nested, maskConvention: 'known-is-1' },
      { picture: PICTURE, mask: inverted, maskConvention: 'unknown-is-1' },
      { picture: file, mask: await png(UPPER.map((known) => 255 * known)) },
      { picture: `data:image/png;base64,${file}`, mask: await png(inverted.map((unknown) => 255 * unknown)), maskConvention: 'unknown-is-1' },
      { picture: await png(LEVELS.flatMap((level, i) => [level, level, level, 255 * UPPER[i]!]), 4), maskConvention: 'alpha' },
    ];
    for (const way of ways) {
      const { body } = await server.post('vae/inpaint', { ...request, ...way });
      expect(body['maskConvention']).toBe(way.maskConvention ?? 'known-is-1');
      expect(body['completions']).toEqual(expected);
    }
  });

  it('encodes and reconstructs given and stored examples alike', async () => {
    const stored = await server.post('vae/encode', { examples: { dataset: 'glyphs', indices: [1] } });
    expect(stored.status).toBe(200);
    const { queries } = (await server.post('vae/nearest', { examples: { dataset: 'glyphs', indices: [1] }, dataset: 'glyphs', split: 'test', neighbours: 1 })).body;
    expect((await server.post('vae/encode', { instances: queries })).body).toEqual(stored.body);
    expect((stored.body['sigma'] as number[][])[0]!.every((value) => value > 0)).toBe(true);
    const { body } = await server.post('vae/reconstruct', { instances: [PICTURE] });
    const reconstruction = flat((body['reconstructions'] as unknown[])[0]);
    const error = PICTURE.reduce((sum, value, i) => sum + (value - reconstruction[i]!) ** 2, 0) / SIZE;
    expect((body['squaredErrors'] as number[])[0]).toBeCloseTo(error, 5);
    expect((await server.post('vae/reconstruct', { instances: [PICTURE], format: 'png' })).headers['content-type']).toBe('image/png');
  });

  it('interpolates, adds latents, and finds nearest examples', async () => {
    const ends = [[1, 0, 0, 0], [0, 1, 0, 0]];
    const path = await server.post('vae/interpolate', { latents: ends, path: 'linear', steps: 3 });
    expect(path.body['latents']).toEqual([ends[0], [0.5, 0.5, 0, 0], ends[1]]);
    const grid = await server.post('vae/interpolate', { path: 'grid', steps: 3, seed: 4 });
    expect(grid.body['latents']).toHaveLength(9);
    const { mean } = (await server.post('vae/encode', { examples: { dataset: 'glyphs', indices: [0, 1, 2] } })).body;
    const sum = await server.post('vae/latent-arithmetic', { examples: { dataset: 'glyphs', indices: [0, 1, 2] }, weights: [1, -1, 1] });
    (sum.body['latents'] as number[][])[0]!.forEach((value, k) => {
      const [a, b, c] = mean as number[][];
      expect(value).toBeCloseTo(a![k]! - b![k]! + c![k]!, 5);
    });
    const copies = await server.post('vae/nearest', { examples: { dataset: 'glyphs', split: 'train', indices: [7, 30] }, dataset: 'glyphs', neighbours: 2 });
    expect((copies.body['indices'] as number[][]).map(([first]) => first)).toEqual([7, 30]);
    expect((copies.body['distances'] as number[][]).map(([first]) => first)).toEqual([0, 0]);
    expect((await server.post('vae/nearest', { dataset: 'glyphs', format: 'png' })).status).toBe(200);
  });

  it('runs chains to animations, from the prior or from examples', async () => {
    const chain = await server.post('vae/chain', { count: 2, steps: 10, every: 5, seed: 1 });
    expect((chain.body['frames'] as unknown[][]).map((frame) => frame.length)).toEqual([2, 2]);
    const last = await server.post('vae/chain', { count: 2, steps: 10, every: 10, seed: 1 });
    expect(last.body['frames']).toEqual([(chain.body['frames'] as unknown[])[1]]);
    const gif = await server.post('vae/chain', { count: 4, steps: 6, every: 2, format: 'gif' });
    expect((await sharp(gif.bytes, { animated: true }).metadata()).pages).toBe(3);
    const apng = await server.post('vae/chain', { examples: { dataset: 'glyphs', indices: [0] }, steps: 4, every: 1 }, { accept: 'image/apng' });
    expect(apng.headers['content-type']).toBe('image/apng');
    expect(apng.bytes.includes('acTL')).toBe(true);
  });

  it('knows classes of conditional models, and predicts attributes', async () => {
    const { body } = await server.post('conditional/samples', { count: 2, labels: [0, 2], seed: 1 });
    expect(body['classes']).toEqual([0, 2]);
    const same = await server.post('conditional/samples', { count: 2, class: 0, seed: 1 });
    expect((same.body['samples'] as unknown[])[0]).toEqual((body['samples'] as unknown[])[0]);
    expect((same.body['samples'] as unknown[])[1]).not.toEqual((body['samples'] as unknown[])[1]);
    const attributes = await server.post('gibbsnet/attributes', { instances: [PICTURE, PICTURE], steps: 6 });
    for (const row of attributes.body['probabilities'] as number[][]) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect((await server.post('gibbsnet/samples', { count: 1, steps: 1 })).body['labels']).toHaveLength(1);
  });

  it('stops working when the client is gone', async () => {
    const url = await server.listen();
    const client = new AbortController();
    const request = fetch(`${url}/api/v1/models/vae/chain`, {
      method: 'POST', body: JSON.stringify({ count: 4, steps: 10_000, every: 10_000 }), headers: { 'content-type': 'application/json' }, signal: client.signal,
    });
    const begun = server.runs;
    await expect.poll(() => server.runs, { timeout: 10_000 }).toBeGreaterThan(begun + 5);
    client.abort();
    await expect(request).rejects.toThrow();
    await expect.poll(async () => {
      const before = server.runs;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return server.runs - before;
    }, { timeout: 10_000 }).toBe(0);
    expect(server.runs).toBeLessThan(begun + 10_000);
  });

  it('serves models of points in the plane as numbers, not as pictures', async () => {
    const { status, body } = await server.post('plane/samples', { count: 2 });
    expect([status, body['samples'] && (body['samples'] as number[][]).map((point) => point.length)]).toEqual([200, [2, 2]]);
    expect((await server.post('plane/samples', { count: 2, format: 'png' })).body).toMatchObject({ code: 'not-an-image-model' });
    expect((await server.post('plane/inpaint', { picture: [0.25, 0.5], mask: await png(LEVELS) })).body).toMatchObject({ code: 'model-takes-no-images' });
    const { body: completed } = await server.post('plane/inpaint', { picture: [0.25, 0.5], mask: [0, 1], completions: 2 });
    expect((completed['completions'] as number[][]).map((point) => point[1])).toEqual([0.5, 0.5]);
  });
});

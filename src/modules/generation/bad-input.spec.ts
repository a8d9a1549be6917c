import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyClassifier } from '../../bundles/testing/tiny-classifier.js';
import { tinyGenerator } from '../../bundles/testing/tiny-generator.js';
import { GeneratorServer } from './testing/generator-server.js';

const SHAPE = [28, 28, 1];
const SIZE = 28 * 28;
const PICTURE = new Array<number>(SIZE).fill(0.5);
const UPPER = PICTURE.map((_, i) => (i < SIZE / 2 ? 1 : 0));

const raw = (width: number, height: number, channels: 1 | 3 | 4, level = 255): Sharp => sharp(new Uint8Array(width * height * channels).fill(level), { raw: { width, height, channels } });
const base64 = (image: Sharp): Promise<string> => image.toBuffer().then((file) => file.toString('base64'));

/** A PNG with an animation control chunk before its pixels. */
async function animated(): Promise<string> {
  const file = await raw(28, 28, 1).png().toBuffer();
  const control = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('acTL'), Buffer.alloc(12)]);
  return Buffer.concat([file.subarray(0, 33), control, file.subarray(33)]).toString('base64');
}

describe('bad input of generators', () => {
  let server: GeneratorServer;
  beforeAll(async () => {
    server = await GeneratorServer.start(
      {
        vae: tinyGenerator({ method: 'vae', shape: SHAPE }),
        conditional: tinyGenerator({ method: 'vae', shape: SHAPE, conditional: true }),
        gan: tinyGenerator({ method: 'gan', shape: SHAPE }),
        classifier: tinyClassifier(),
      },
      { RAMPART_GENERATION_STEP_LIMIT: '1000' },
    );
  });
  afterAll(() => server.stop());

  const inpaint = { picture: PICTURE, mask: UPPER, completions: 1, steps: 1 };
  const requests: [string, string, unknown, number, string][] = [
    ['no pictures', 'vae/samples', { count: 0 }, 400, 'invalid-request'],
    ['a million pictures', 'vae/samples', { count: 1_000_000 }, 422, 'too-many-pictures'],
    ['more numbers than JSON should hold', 'vae/samples', { count: 5000 }, 422, 'too-many-pictures'],
    ['too many steps over all chains', 'vae/chain', { count: 16, steps: 100 }, 422, 'too-many-steps'],
    ['a class of a model without classes', 'vae/samples', { class: 1 }, 422, 'class-not-modelled'],
    ['a class beyond the last', 'conditional/samples', { class: 3 }, 422, 'class-out-of-range'],
    ['a negative class', 'conditional/samples', { count: 2, labels: [0, -1] }, 422, 'class-out-of-range'],
    ['other labels than pictures', 'conditional/samples', { count: 3, labels: [0] }, 422, 'labels-mismatch'],
    ['no class where pixels are given', 'conditional/encode', { instances: [PICTURE] }, 422, 'class-required'],
    ['encoding by a GAN', 'gan/encode', { instances: [PICTURE] }, 422, 'signature-unknown'],
    ['inpainting by a GAN', 'gan/inpaint', inpaint, 422, 'signature-unknown'],
    ['a chain of a GAN', 'gan/chain', { steps: 2 }, 422, 'signature-unknown'],
    ['samples of a classifier', 'classifier/samples', {}, 422, 'signature-unknown'],
    ['attributes of a model without labels', 'vae/attributes', { instances: [PICTURE] }, 422, 'attributes-not-modelled'],
    ['an unknown model', 'nothing/samples', {}, 404, 'model-not-found'],
    ['a mask of another size', 'vae/inpaint', { ...inpaint, mask: UPPER.slice(1) }, 422, 'mask-size-mismatch'],
    ['an all-known mask', 'vae/inpaint', { ...inpaint, mask: UPPER.map(() => 1) }, 422, 'mask-all-known'],
    ['an all-unknown mask', 'vae/inpaint', { ...inpaint, mask: UPPER.map(() => 0) }, 422, 'mask-all-unknown'],
    ['a mask of grey values', 'vae/inpaint', { ...inpaint, mask: UPPER.map((known) => known / 2) }, 422, 'mask-not-binary'],
    ['an unknown convention', 'vae/inpaint', { ...inpaint, maskConvention: 'white' }, 400, 'invalid-request'],
    ['no mask', 'vae/inpaint', { picture: PICTURE }, 422, 'mask-missing'],
    ['a mask beside the alpha channel', 'vae/inpaint', { ...inpaint, maskConvention: 'alpha' }, 422, 'mask-missing'],
    ['pixels out of bounds', 'vae/encode', { instances: [PICTURE.map(() => 1.5)] }, 422, 'pixel-out-of-bounds'],
    ['three channels for one', 'vae/encode', { instances: [PICTURE.flatMap((v) => [v, v, v])] }, 422, 'wrong-input-shape'],
    ['no picture', 'vae/inpaint', { mask: UPPER }, 400, 'invalid-request'],
    ['neither instances nor examples', 'vae/encode', {}, 422, 'sources-ambiguous'],
    ['both instances and examples', 'vae/encode', { instances: [PICTURE], examples: { dataset: 'glyphs', indices: [0] } }, 422, 'sources-ambiguous'],
    ['an index beyond the split', 'vae/encode', { examples: { dataset: 'glyphs', indices: [10] } }, 422, 'index-out-of-range'],
    ['latents of another length', 'vae/decode', { latents: [[1, 2]] }, 422, 'latent-shape-mismatch'],
    ['latents beyond float32', 'vae/decode', { latents: [[1e39, 0, 0, 0]] }, 422, 'latent-shape-mismatch'],
    ['three ends of a path', 'vae/interpolate', { latents: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]] }, 422, 'interpolation-ends-invalid'],
    ['other weights than latents', 'vae/latent-arithmetic', { latents: [[0, 0, 0, 0]], weights: [1, 2] }, 422, 'weights-mismatch'],
    ['neighbours in no data set', 'vae/nearest', {}, 400, 'invalid-request'],
    ['too many lookups', 'vae/nearest', { dataset: 'glyphs', count: 65 }, 422, 'too-many-pictures'],
    ['text that is no picture', 'vae/encode', { instances: ['hello, world'] }, 422, 'image-unreadable'],
  ];
  it.each(requests)('refuses %s', async (_what, path, body, status, code) => {
    const reply = await server.post(path, body);
    expect(reply.body, reply.bytes.toString().slice(0, 300)).toMatchObject({ status, code });
    expect(reply.headers['content-type']).toContain('application/problem+json');
  });

  it('names the signature that is missing', async () => {
    expect((await server.post('gan/encode', { instances: [PICTURE] })).body['detail']).toBe('Model "tiny-generator" has no signature "encode"; its signatures are decode, discriminate.');
  });

  it('points at the place of the request', async () => {
    const place = async (path: string, body: unknown): Promise<unknown> => ((await server.post(path, body)).body['errors'] as { pointer: string }[])[0]!.pointer;
    expect(await place('vae/inpaint', { ...inpaint, picture: [1, 2] })).toBe('#/picture');
    expect(await place('vae/inpaint', { ...inpaint, picture: PICTURE.map(() => 2) })).toBe('#/picture');
    expect(await place('vae/encode', { instances: [PICTURE, PICTURE.map(() => 2)] })).toBe('#/instances/1');
    expect(await place('conditional/samples', { count: 2, labels: [0, 7] })).toBe('#/labels/1');
  });

  it.each([
    ['of 16 bits', () => base64(raw(28, 28, 1).toColourspace('grey16').png()), 'image-format-not-accepted'],
    ['that is animated', animated, 'image-format-not-accepted'],
    ['of another size', () => base64(raw(27, 28, 1).png()), 'image-size-mismatch'],
    ['that EXIF turns to another size', () => base64(raw(27, 28, 3).png().withMetadata({ orientation: 6 })), 'image-size-mismatch'],
    ['in another format', () => base64(raw(28, 28, 3).webp()), 'image-format-not-accepted'],
  ] as const)('refuses a picture %s', async (_what, file, code) => {
    expect((await server.post('vae/inpaint', { ...inpaint, picture: await file() })).body).toMatchObject({ code });
  });

  it.each([
    ['as a JPEG', () => base64(raw(28, 28, 1).jpeg()), 'known-is-1', 'image-format-not-accepted'],
    ['of another size', () => base64(raw(28, 14, 1).png()), 'known-is-1', 'mask-size-mismatch'],
    ['of grey', () => base64(raw(28, 28, 1, 128).png()), 'known-is-1', 'mask-not-binary'],
    ['that is white', () => base64(raw(28, 28, 1).png()), 'unknown-is-1', 'mask-all-unknown'],
  ] as const)('refuses a mask %s', async (_what, file, maskConvention, code) => {
    expect((await server.post('vae/inpaint', { ...inpaint, mask: await file(), maskConvention })).body).toMatchObject({ code });
  });

  it('refuses a half transparent picture as its own mask', async () => {
    const picture = await base64(raw(28, 28, 4, 128).png());
    expect((await server.post('vae/inpaint', { picture, maskConvention: 'alpha' })).body).toMatchObject({ code: 'mask-not-binary' });
  });

  it('turns colour pictures and JPEG to what the model takes, as predict-image does', async () => {
    const colours = sharp(Uint8Array.from({ length: SIZE * 3 }, (_, i) => [200, 100, 50][i % 3]!), { raw: { width: 28, height: 28, channels: 3 } });
    const { body } = await server.post('vae/nearest', { instances: [await base64(colours.clone().png()), await base64(colours.clone().jpeg({ quality: 100 }))], dataset: 'glyphs' });
    const [fromPng, fromJpeg] = (body['queries'] as number[][][][]).map((picture) => picture[14]![14]![0]!);
    const grey = (0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255; // ITU-R BT.601
    expect(fromPng).toBeCloseTo(grey, 6);
    expect(Math.abs(fromJpeg! - grey)).toBeLessThan(0.01);
  });
});

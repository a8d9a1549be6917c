import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { RampartError } from '../errors/index.js';
import { decodeImage } from './image-input.js';

const GREY = Uint8Array.from([0, 64, 128, 255, 1, 254]);
const RGB = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 255, 255, 255, 0, 0, 0]);
const raw = (data: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4): Sharp => sharp(data, { raw: { width, height, channels } });
const greyPng = raw(GREY, 3, 2, 1).toColourspace('b-w').png().toBuffer();
const rgbPng = raw(RGB, 3, 2, 3).png().toBuffer();

/** PNG chunk of any type without data. */
const chunk = (type: string): Buffer => Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), Buffer.alloc(4)]);

describe('decodeImage', () => {
  it('gives grey pixels as value / 255 exactly, from grey and RGB files', async () => {
    const expected = Float32Array.from(GREY, (value) => value / 255);
    expect(await decodeImage(await greyPng, [2, 3, 1])).toEqual(expected);
    const asRgb = await raw(Uint8Array.from([...GREY].flatMap((v) => [v, v, v])), 3, 2, 3).png().toBuffer();
    expect(await decodeImage(asRgb, [2, 3, 1])).toEqual(expected);
    expect(await decodeImage(await greyPng, [2, 3, 3])).toEqual(Float32Array.from([...GREY].flatMap((v) => [v, v, v]), (v) => v / 255));
  });

  it('converts colours by BT.601', async () => {
    expect(await decodeImage(await rgbPng, [2, 3, 3])).toEqual(Float32Array.from(RGB, (value) => value / 255));
    const grey = await decodeImage(await rgbPng, [2, 3, 1]);
    [0.299, 0.587, 0.114].forEach((weight, i) => expect(grey[i]).toBeCloseTo(weight, 6));
  });

  it('reads palette PNG, JPEG, and lays transparency on black', async () => {
    const palette = await raw(RGB, 3, 2, 3).png({ palette: true, colours: 16, dither: 0 }).toBuffer();
    expect((await decodeImage(palette, [2, 3, 3]))[0]).toBeGreaterThan(0.95);
    const jpeg = await raw(new Uint8Array(64).fill(200), 8, 8, 1).jpeg().toBuffer();
    expect(Math.abs((await decodeImage(jpeg, [8, 8, 1]))[0]! - 200 / 255)).toBeLessThan(0.01);
    const half = await raw(Uint8Array.from([200, 100, 50, 0, 200, 100, 50, 255]), 2, 1, 4).png().toBuffer();
    expect(await decodeImage(half, [1, 2, 3])).toEqual(Float32Array.from([0, 0, 0, 200, 100, 50], (v) => v / 255));
  });

  it('turns the picture as EXIF says before the size is compared', async () => {
    const sideways = await raw(Uint8Array.from([...GREY].flatMap((v) => [v, v, v])), 3, 2, 3).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodeImage(sideways, [3, 2, 1])).toHaveLength(6);
    await expect(decodeImage(sideways, [2, 3, 1])).rejects.toThrow(/2 x 3 pixels; the model takes 3 x 2/);
  });

  it('resizes when asked to, and only then', async () => {
    await expect(decodeImage(await greyPng, [4, 4, 1])).rejects.toMatchObject({ code: 'image-size-mismatch', message: expect.stringMatching(/3 x 2 .*4 x 4/) as string });
    const white = await raw(new Uint8Array(100).fill(255), 10, 10, 1).png().toBuffer();
    expect(await decodeImage(white, [4, 6, 1], { resize: true })).toEqual(new Float32Array(24).fill(1));
  });

  it.each([
    ['16 bits', async () => sharp(await greyPng).toColourspace('grey16').png().toBuffer(), 'image-format-not-accepted', /depth 'ushort'/],
    ['an animated PNG', async () => Buffer.concat([(await greyPng).subarray(0, 33), chunk('acTL'), (await greyPng).subarray(33)]), 'image-format-not-accepted', /animated/],
    ['WebP', async () => sharp(await greyPng).webp().toBuffer(), 'image-format-not-accepted', /another format/],
    ['SVG', () => Promise.resolve(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'image-format-not-accepted', /another format/],
    ['nothing', () => Promise.resolve(Buffer.alloc(0)), 'image-format-not-accepted', /empty/],
    ['a cut-off PNG', async () => (await greyPng).subarray(0, -20), 'image-unreadable', /cannot be decoded/],
    ['a bare signature', async () => (await greyPng).subarray(0, 8), 'image-unreadable', /cannot be decoded/],
  ] as const)('refuses %s', async (_, make, code, says) => {
    await expect(decodeImage(await make(), [2, 3, 1])).rejects.toMatchObject({ code, message: expect.stringMatching(says) as string });
  });

  it('refuses too many pixels by the header alone', async () => {
    const header = Buffer.from(await greyPng);
    header.writeUInt32BE(100_000, 16);
    header.writeUInt32BE(100_000, 20);
    const error: unknown = await decodeImage(header, [2, 3, 1], { resize: true }).catch((caught: unknown) => caught);
    expect(['image-too-large', 'image-unreadable']).toContain((error as RampartError).code); // unreadable: the CRC no longer fits
    await expect(decodeImage(await greyPng, [2, 3, 1], { maxPixels: 5 })).rejects.toThrow(/3 x 2 pixels; up to 5/);
  });

  it('refuses models that take no images', async () => {
    await expect(decodeImage(await greyPng, [784])).rejects.toMatchObject({ code: 'model-takes-no-images' });
  });

  it('never fails otherwise than with a registered error', async () => {
    const original = await rgbPng;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), fc.nat(original.length), async (changes, keep) => {
        const bytes = Buffer.from(original.subarray(0, Math.max(keep, original.length / 2)));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          expect(await decodeImage(bytes, [2, 3, 3])).toHaveLength(18);
        } catch (error) {
          expect(error).toBeInstanceOf(RampartError);
        }
      }),
      { seed: 7, numRuns: 150 },
    );
  });
});

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { maskOf, maskPixels } from './mask.js';

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
const raw = (data: number[], width: number, height: number, channels: 1 | 2 | 3 | 4) => sharp(Uint8Array.from(data), { raw: { width, height, channels } });
const grey = (data: number[], width: number, height: number) => raw(data, width, height, 1).toColourspace('b-w').png().toBuffer();

describe('maskOf', () => {
  it('reads the three conventions', () => {
    expect([...maskOf([1, 0, 0, 1], 1, 'known-is-1', 1).known]).toEqual([1, 0, 0, 1]);
    expect([...maskOf([1, 0, 0, 1], 1, 'unknown-is-1', 1).known]).toEqual([0, 1, 1, 0]);
    expect([...maskOf([255, 0, 0, 255], 1, 'alpha', 255).known]).toEqual([1, 0, 0, 1]);
  });
  it('refuses other values, nothing unknown, nothing known', () => {
    expect(() => maskOf([1, 0.5, 0], 1, 'known-is-1', 1)).toThrow(code('mask-not-binary'));
    expect(() => maskOf([1, 0.5, 0], 1, 'known-is-1', 1)).toThrow(/0.5 at position 1/);
    expect(() => maskOf([NaN, 0], 1, 'known-is-1', 1)).toThrow(code('mask-not-binary'));
    expect(() => maskOf([1, 1], 1, 'known-is-1', 1)).toThrow(code('mask-all-known'));
    expect(() => maskOf([0, 0], 1, 'unknown-is-1', 1)).toThrow(code('mask-all-known'));
    expect(() => maskOf([0, 0], 1, 'known-is-1', 1)).toThrow(code('mask-all-unknown'));
  });
});

describe('maskPixels', () => {
  const white = [255, 0, 0, 255, 0, 0];

  it('reads grey, bilevel, palette and RGB pictures alike', async () => {
    const rgb = raw(white.flatMap((v) => [v, v, v]), 3, 2, 3);
    const files = [await grey(white, 3, 2), await rgb.clone().png().toBuffer(), await rgb.clone().png({ palette: true, colours: 2, dither: 0 }).toBuffer()];
    for (const file of files) expect([...(await maskPixels(file, [2, 3], 'grey'))]).toEqual(white);
  });

  it('reads the alpha channel, or lays it on black', async () => {
    const file = await raw([9, 9, 9, 255, 9, 9, 9, 0], 2, 1, 4).png().toBuffer();
    expect([...(await maskPixels(file, [1, 2], 'alpha'))]).toEqual([255, 0]);
    const whiteAndClear = await raw([255, 255, 255, 255, 255, 255, 255, 0], 2, 1, 4).png().toBuffer();
    expect([...(await maskPixels(whiteAndClear, [1, 2], 'grey'))]).toEqual([255, 0]);
  });

  it('turns the mask as its EXIF orientation says, like the picture', async () => {
    const sideways = await raw(white.flatMap((v) => [v, v, v]), 3, 2, 3).png().withMetadata({ orientation: 6 }).toBuffer(); // 90 degrees clockwise
    expect([...(await maskPixels(sideways, [3, 2], 'grey'))]).toEqual([255, 255, 0, 0, 0, 0]);
    await expect(maskPixels(sideways, [2, 3], 'grey')).rejects.toThrow(code('mask-size-mismatch'));
  });

  it('refuses other sizes, colours, JPEG, 16 bits and a missing alpha channel', async () => {
    await expect(maskPixels(await grey(white, 3, 2), [3, 3], 'grey')).rejects.toThrow(/mask is 3 x 2 pixels; the model's pictures are 3 x 3 pixels/);
    await expect(maskPixels(await raw([255, 0, 0, 0, 0, 0], 2, 1, 3).png().toBuffer(), [1, 2], 'grey')).rejects.toThrow(code('mask-not-binary'));
    await expect(maskPixels(await raw(new Array<number>(64).fill(255), 8, 8, 1).jpeg().toBuffer(), [8, 8], 'grey')).rejects.toThrow(/a JPEG, which does not keep/);
    const deep = await raw(white, 3, 2, 1).toColourspace('grey16').png().toBuffer();
    await expect(maskPixels(deep, [2, 3], 'grey')).rejects.toThrow(code('image-format-not-accepted'));
    await expect(maskPixels(await grey(white, 3, 2), [2, 3], 'alpha')).rejects.toThrow(/without the alpha channel/);
    await expect(maskPixels(Buffer.from('GIF89a'), [2, 3], 'grey')).rejects.toThrow(code('image-format-not-accepted'));
  });
});

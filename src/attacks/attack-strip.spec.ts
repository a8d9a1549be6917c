import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { attackStrip } from './attack-strip.js';
import { perturbationBytes, perturbationGain, toBytes } from './picture.js';
import { linearModel } from './testing/linear-model.js';

const imageModel = (shape: number[]) =>
  linearModel({ shape, weights: new Float32Array(2 * shape.reduce((a, b) => a * b, 1)), bias: new Float32Array(2), classes: ['a', 'b'] });

describe('attack strip', () => {
  it('draws clean, perturbation times gain and adversarial below each other', async () => {
    const clean = Float32Array.of(0, 0.2, 0.4, 0.6, 1, 1, 1, 1);
    const adversarial = Float32Array.of(0.1, 0.1, 0.4, 0.7, 0.9, 1, 1, 1);
    const { png, gain, columns } = await attackStrip(imageModel([2, 2, 1]), clean, adversarial);
    expect([gain, columns]).toEqual([5, 2]);
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([42 * 7, 42 * 10, 1]);
    const at = (column: number, row: number, y: number, x: number): number =>
      data[(42 + row * 126 + y * 42 + 21) * info.width + 42 + column * 126 + x * 42 + 21]!;
    expect([at(0, 0, 0, 0), at(0, 0, 0, 1), at(0, 0, 1, 1)]).toEqual([0, 51, 153]);
    expect([at(0, 1, 0, 0), at(0, 1, 0, 1), at(0, 1, 1, 0)]).toEqual([255, 0, 128]);
    expect([at(1, 2, 0, 0), at(1, 2, 1, 1)]).toEqual([229, 255]);
  });

  it('draws colour pictures and no more columns than asked', async () => {
    const clean = new Float32Array(5 * 32 * 32 * 3).fill(0.5);
    const strip = await attackStrip(imageModel([32, 32, 3]), clean, clean, { columns: 3 });
    const { width, channels } = await sharp(strip.png).metadata();
    expect([strip.gain, strip.columns, width, channels]).toEqual([1, 3, 3 * (1 + 3 * 33), 3]);
  });

  it('refuses inputs that are no pictures', async () => {
    const table = linearModel({ shape: [4], weights: new Float32Array(8), bias: new Float32Array(2), classes: ['a', 'b'] });
    await expect(attackStrip(table, new Float32Array(4), new Float32Array(4))).rejects.toMatchObject({ code: 'not-an-image-model' });
  });
});

describe('picture bytes', () => {
  it('map the bounds to 0 and 255', () => {
    expect([...toBytes(Float32Array.of(-1, 0, 1, 3), [-1, 1])]).toEqual([0, 128, 255, 255]);
    expect([...perturbationBytes(Float32Array.of(0, 0), Float32Array.of(0, 0.1), 5, [-1, 1])]).toEqual([128, 191]);
  });

  it('choose a gain that shows the change and never shrinks it', () => {
    const gain = (change: number): number => perturbationGain(Float32Array.of(0.5), Float32Array.of(0.5 + change), [0, 1]);
    expect([gain(0), gain(0.5), gain(0.25), gain(2 ** -6)]).toEqual([1, 1, 2, 32]);
  });
});

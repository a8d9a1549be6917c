import { describe, expect, it } from 'vitest';
import { wave } from '../../testing/wave.js';
import { msSsim, scaleCount } from './ms-ssim.js';
import { sharpness } from './sharpness.js';

const picture = (height: number, width: number, channels: 1 | 3, frequency: number) => ({
  shape: { height, width, channels },
  values: wave(height * width * channels, frequency, { scale: 0.5, shift: 0.5 }),
});

describe('MS-SSIM', () => {
  it.each([
    [28, 28, 1, 0.11, 0.1103, 2, 0.9940011],
    [25, 46, 3, 0.05, 0.0505, 2, 0.6516245],
    [96, 96, 1, 0.3, 0.3002, 4, 0.6198342],
    [180, 180, 1, 0.3, 0.30003, 5, 0.8964808],
  ] as const)('of %i x %i x %i pictures equals windows by conv2d in PyTorch 1.13, float64', (height, width, channels, f, g, scales, expected) => {
    const [a, b] = [picture(height, width, channels, f), picture(height, width, channels, g)];
    expect(scaleCount(a.shape)).toBe(scales);
    expect(msSsim(a.values, b.values, a.shape)).toBeCloseTo(expected, 5);
    expect(msSsim(b.values, a.values, a.shape)).toBeCloseTo(expected, 5);
  });

  it('is 1 for equal pictures and the luminance term for flat ones', () => {
    const { shape, values } = picture(11, 12, 1, 0.7);
    expect(msSsim(values, values, shape)).toBeCloseTo(1, 12);
    const flat = (level: number): Float32Array => new Float32Array(11 * 12).fill(level);
    expect(msSsim(flat(0.25), flat(0.75), shape)).toBeCloseTo((2 * 0.25 * 0.75 + 1e-4) / (0.0625 + 0.5625 + 1e-4), 6);
  });

  it('needs room for its window', () => {
    expect(scaleCount({ height: 10, width: 40, channels: 1 })).toBe(0);
    expect(() => msSsim(new Float32Array(400), new Float32Array(400), { height: 10, width: 40, channels: 1 })).toThrow(/^internal:/);
  });
});

describe('sharpness', () => {
  it('of a plane a x + b y is sqrt(a^2 + b^2), for every channel', () => {
    const plane = Float32Array.from({ length: 2 * 5 * 4 * 3 }, (_, i) => {
      const [y, x] = [Math.floor(i / 12) % 5, Math.floor(i / 3) % 4];
      return 0.03 * x + 0.04 * y + (i % 3);
    });
    expect(sharpness(plane, { height: 5, width: 4, channels: 3 })).toBeCloseTo(0.05, 6);
  });

  it('falls when a picture is blurred', () => {
    const { shape, values } = picture(12, 12, 1, 1.9);
    const blurred = values.map((value, i) => (value + (values[i - 1] ?? value) + (values[i + 1] ?? value)) / 3);
    expect(sharpness(blurred, shape)).toBeLessThan(0.8 * sharpness(values, shape));
  });
});

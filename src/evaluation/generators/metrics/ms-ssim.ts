import type { PictureShape } from '../../../attacks/picture.js';

/** Exponents of the scales, finest first (Wang, Simoncelli and Bovik 2003, section 3.2). */
const EXPONENTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;
const WINDOW = 11;
const WINDOW_DEVIATION = 1.5;
/** (0.01 L)^2 and (0.03 L)^2 for the range L = 1. */
const [LUMINANCE_FLOOR, CONTRAST_FLOOR] = [1e-4, 9e-4];

const gaussianWindow = ((): readonly number[] => {
  const weights = Array.from({ length: WINDOW }, (_, i) => Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * WINDOW_DEVIATION ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
})();

/** One channel of a picture. */
interface Plane {
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Scales that a picture has room for: its smaller side, halved each time, must hold the window. */
export function scaleCount({ height, width }: PictureShape): number {
  return EXPONENTS.filter((_, scale) => Math.floor(Math.min(height, width) / 2 ** scale) >= WINDOW).length;
}

/**
 * Multi-scale structural similarity of two pictures in [0, 1] (Wang, Simoncelli and Bovik 2003, eq. 7): the product over
 * scales of contrast times structure, with the luminance at the coarsest. Gaussian window 11x11, deviation 1.5, no
 * padding; each scale halves by 2x2 means. Pictures too small for five scales use the first ones, exponents rescaled to
 * sum 1. A negative contrast-structure counts as 0. 1 means equal.
 *
 * @param a, b [height, width, channels], at least 11 pixels on each side
 */
export function msSsim(a: Float32Array, b: Float32Array, shape: PictureShape): number {
  const scales = scaleCount(shape);
  if (scales === 0) throw new Error(`internal: MS-SSIM needs ${WINDOW} pixels on each side`);
  const total = EXPONENTS.slice(0, scales).reduce((sum, exponent) => sum + exponent, 0);
  let [left, right] = [planesOf(a, shape), planesOf(b, shape)];
  let similarity = 1;
  for (let scale = 0; scale < scales; scale++) {
    const { contrast, whole } = compare(left, right);
    similarity *= Math.max(scale === scales - 1 ? whole : contrast, 0) ** (EXPONENTS[scale]! / total);
    [left, right] = [left.map(halved), right.map(halved)];
  }
  return similarity;
}

function planesOf(picture: Float32Array, { height, width, channels }: PictureShape): Plane[] {
  return Array.from({ length: channels }, (_, channel) => ({
    height, width, values: Float64Array.from({ length: height * width }, (__, i) => picture[i * channels + channel]!),
  }));
}

/** Means over places and channels of contrast-structure, and of its product with luminance. */
function compare(left: readonly Plane[], right: readonly Plane[]): { contrast: number; whole: number } {
  let [contrast, whole, count] = [0, 0, 0];
  left.forEach((a, channel) => {
    const b = right[channel]!;
    const blurred = (f: (i: number) => number): Float64Array => blur({ ...a, values: a.values.map((_, i) => f(i)) });
    const [meanA, meanB] = [blur(a), blur(b)];
    const squares = blurred((i) => a.values[i]! ** 2 + b.values[i]! ** 2);
    const products = blurred((i) => a.values[i]! * b.values[i]!);
    meanA.forEach((mA, i) => {
      const mB = meanB[i]!;
      const structure = (2 * (products[i]! - mA * mB) + CONTRAST_FLOOR) / (squares[i]! - mA * mA - mB * mB + CONTRAST_FLOOR);
      contrast += structure;
      whole += (structure * (2 * mA * mB + LUMINANCE_FLOOR)) / (mA * mA + mB * mB + LUMINANCE_FLOOR);
      count += 1;
    });
  });
  return { contrast: contrast / count, whole: whole / count };
}

/** Gaussian window over rows, then columns, where it fits: [height - 10, width - 10]. */
function blur({ height, width, values }: Plane): Float64Array {
  const narrow = width - WINDOW + 1;
  const rows = Float64Array.from({ length: height * narrow }, (_, i) => {
    const at = Math.floor(i / narrow) * width + (i % narrow);
    return gaussianWindow.reduce((sum, weight, k) => sum + weight * values[at + k]!, 0);
  });
  return Float64Array.from({ length: (height - WINDOW + 1) * narrow }, (_, i) => gaussianWindow.reduce((sum, weight, k) => sum + weight * rows[i + k * narrow]!, 0));
}

/** Means of 2x2 pixels; an odd last row or column is left out. */
function halved({ height, width, values }: Plane): Plane {
  const [h, w] = [height >> 1, width >> 1];
  const half = Float64Array.from({ length: h * w }, (_, i) => {
    const at = 2 * Math.floor(i / w) * width + 2 * (i % w);
    return (values[at]! + values[at + 1]! + values[at + width]! + values[at + width + 1]!) / 4;
  });
  return { height: h, width: w, values: half };
}

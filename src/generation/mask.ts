import type { Shape } from '../compiler/tensors.js';
import { openPicture, readable } from '../datasets/image-input.js';
import { maskNotBinary, maskSizeMismatch, maskWithoutKnown, maskWithoutUnknown } from '../errors/generation.errors.js';
import { IMAGE_FORMAT } from '../errors/images.errors.js';

/**
 * What a mask means: `known-is-1` (1 or white = keep), `unknown-is-1` (1 or white = paint here), `alpha` (the picture's own
 * alpha channel: opaque = keep, transparent = paint here).
 */
export const MASK_CONVENTIONS = ['known-is-1', 'unknown-is-1', 'alpha'] as const;
export type MaskConvention = (typeof MASK_CONVENTIONS)[number];

export interface PixelMask {
  /** [pixels] 1 = known, 0 = to be completed; all channels of a pixel alike. */
  readonly known: Uint8Array;
  readonly channels: number;
}

/** Lengths of a mask over examples of `shape`, and the values that share one entry. */
export function maskShape(shape: Shape): { readonly shape: Shape; readonly channels: number } {
  return shape.length === 3 ? { shape: shape.slice(0, 2), channels: shape[2]! } : { shape, channels: 1 };
}

/**
 * @param values one number for each pixel: `low` and `high` only
 * @param accepted the two values, in words
 * @throws mask-not-binary, mask-all-known, mask-all-unknown
 */
export function maskOf(values: ArrayLike<number>, channels: number, convention: MaskConvention, high: number): PixelMask {
  const wrong = Array.from(values).findIndex((value) => value !== 0 && value !== high);
  if (wrong >= 0) throw maskNotBinary(values[wrong]!, wrong, `0 and ${high}`);
  const knownValue = convention === 'unknown-is-1' ? 0 : high;
  const known = Uint8Array.from(values, (value) => (value === knownValue ? 1 : 0));
  if (!known.includes(0)) throw maskWithoutUnknown(convention);
  if (!known.includes(1)) throw maskWithoutKnown(convention);
  return { known, channels };
}

/**
 * Pixels of a mask picture, a PNG of black (0) and white (255), by its alpha channel or its grey values (transparency laid on
 * black); turned as its EXIF orientation says, like the picture itself.
 * @param shape [height, width]
 * @returns [height * width] bytes
 * @throws image-format-not-accepted (JPEG does not keep two values), image-too-large, image-unreadable, mask-size-mismatch, mask-not-binary
 */
export async function maskPixels(file: Uint8Array, [height, width]: Shape, channel: 'grey' | 'alpha'): Promise<Uint8Array> {
  const { image, metadata } = await openPicture(file);
  if (metadata.format !== 'png') throw IMAGE_FORMAT('a JPEG, which does not keep the two values of a mask');
  if (channel === 'alpha' && !metadata.hasAlpha) throw IMAGE_FORMAT('without the alpha channel that maskConvention "alpha" reads');
  const upright = channel === 'alpha' ? image.autoOrient() : image.autoOrient().flatten({ background: '#000000' });
  const { data, info } = await readable(() => upright.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }));
  if (info.height !== height || info.width !== width) throw maskSizeMismatch(`${info.width} x ${info.height} pixels`, `${width} x ${height} pixels`);
  const read = channel === 'alpha' ? [info.channels - 1] : Array.from({ length: Math.min(info.channels, 3) }, (_, c) => c);
  return Uint8Array.from({ length: height * width }, (_, pixel) => {
    const values = read.map((c) => data[pixel * info.channels + c]!);
    const other = values.find((value) => value !== values[0]);
    if (other !== undefined) throw maskNotBinary(other, pixel, 'black and white');
    return values[0]!;
  });
}

import { encodeImageGrid } from '../datasets/image-grid.js';
import { notAnImageModel } from '../errors/attacks.errors.js';
import type { Bounds } from './norm-balls.js';

/** [height, width, channels] with 1 (grey) or 3 (RGB) channels. */
export interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** Pictures in the sense of `PictureShape`, or undefined for tables and other inputs. */
export function pictureShape(shape: readonly number[]): PictureShape | undefined {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined;
  return { height: height!, width: width!, channels };
}

/** @throws not-an-image-model */
export function requirePictureShape(shape: readonly number[]): PictureShape {
  const picture = pictureShape(shape);
  if (!picture) throw notAnImageModel(shape);
  return picture;
}

/** Bytes of values in `bounds`: low is 0, high is 255; other values are clipped. */
export function toBytes(values: Float32Array, [low, high]: Bounds): Uint8Array {
  return Uint8Array.from(values, (value) => Math.min(Math.max(Math.round((255 * (value - low)) / (high - low)), 0), 255));
}

/**
 * The factor that makes the largest change of `adversarial - clean` span half the input range, rounded to one decimal below
 * 10 and to whole numbers above; at least 1. No change gives 1.
 */
export function perturbationGain(clean: Float32Array, adversarial: Float32Array, [low, high]: Bounds): number {
  const largest = clean.reduce((most, value, i) => Math.max(most, Math.abs(adversarial[i]! - value)), 0);
  if (largest === 0) return 1;
  const gain = (high - low) / 2 / largest;
  return Math.max(gain < 10 ? Math.round(gain * 10) / 10 : Math.round(gain), 1);
}

/** The change as a picture: mid-grey is no change, then gain * (adversarial - clean) up or down. */
export function perturbationBytes(clean: Float32Array, adversarial: Float32Array, gain: number, [low, high]: Bounds): Uint8Array {
  const middle = (low + high) / 2;
  return toBytes(
    clean.map((value, i) => middle + gain * (adversarial[i]! - value)),
    [low, high],
  );
}

/** PNG of one [height, width, channels] picture, pixel for pixel. */
export function encodePng(bytes: Uint8Array, { height, width, channels }: PictureShape): Promise<Buffer> {
  return encodeImageGrid([bytes], [height, width, channels], { columns: 1, gap: 0 });
}

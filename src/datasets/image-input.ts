import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Shape } from '../compiler/tensors.js';
import { IMAGE_FORMAT, IMAGE_INPUT_SHAPE, IMAGE_SIZE, IMAGE_TOO_LARGE, IMAGE_UNREADABLE } from '../errors/images.errors.js';

export interface ImageInputOptions {
  /** Whether an image of another size is scaled to the model's (the aspect may change). Default false: refused. */
  readonly resize?: boolean;
  /** Pixels of an image at most, checked before decoding. Default 16,000,000. */
  readonly maxPixels?: number;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG_SIGNATURE = Buffer.from('ffd8ff', 'hex');

/**
 * Decodes an uploaded PNG or JPEG to a model input: turned as its EXIF orientation says, transparency laid on black, in
 * grey (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B) or RGB as the model takes it.
 *
 * @param shape [height, width, 1 or 3] of one example of the model.
 * @returns [height * width * channels] values in [0, 1], row-major.
 * @throws image-format-not-accepted, image-too-large, image-unreadable, image-size-mismatch, model-takes-no-images
 */
export async function decodeImage(bytes: Uint8Array, shape: Shape, options: ImageInputOptions = {}): Promise<Float32Array> {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || (channels !== 1 && channels !== 3)) throw IMAGE_INPUT_SHAPE(shape);
  const { image, metadata } = await openPicture(bytes, options.maxPixels);
  const upright = metadata.autoOrient;
  const fits = upright.width === width && upright.height === height;
  if (!fits && options.resize !== true) throw IMAGE_SIZE(`${upright.width} x ${upright.height}`, `${width} x ${height}`);
  const turned = image.autoOrient().flatten({ background: '#000000' });
  const sized = fits ? turned : turned.resize(width, height, { fit: 'fill' });
  const { data, info } = await readable(() => sized.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }));
  return toInput(data, info.channels, channels);
}

/** An uploaded picture whose format and header have been checked, not yet decoded. */
export interface OpenedPicture {
  readonly image: Sharp;
  readonly metadata: Metadata;
}

/**
 * Checks format, frames, size and depth of a PNG or JPEG before any pixel is decoded.
 * @throws image-format-not-accepted, image-too-large, image-unreadable
 */
export async function openPicture(bytes: Uint8Array, maxPixels = 16_000_000): Promise<OpenedPicture> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkSignature(file);
  const image = sharp(file, { failOn: 'error', limitInputPixels: false });
  const metadata = await readable(() => image.metadata());
  checkHeader(metadata, maxPixels);
  return { image, metadata };
}

/** Only what the two decoders take is given to them: no SVG, TIFF or other loader is reached. */
function checkSignature(file: Buffer): void {
  const isPng = file.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE);
  const isJpeg = file.subarray(0, JPEG_SIGNATURE.length).equals(JPEG_SIGNATURE);
  if (!isPng && !isJpeg) throw IMAGE_FORMAT(file.length === 0 ? 'empty' : 'of another format');
  if (isPng && isAnimated(file)) throw IMAGE_FORMAT('an animated PNG');
}

/** Whether a PNG has an animation control chunk, which stands before its first IDAT chunk. */
function isAnimated(file: Buffer): boolean {
  for (let at = PNG_SIGNATURE.length; at + 8 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}

function checkHeader({ width, height, depth }: Metadata, maxPixels: number): void {
  if (width * height > maxPixels) throw IMAGE_TOO_LARGE(width, height, maxPixels);
  if (depth !== 'uchar') throw IMAGE_FORMAT(`of depth '${depth}'`);
}

/** @throws image-unreadable instead of what the decoder throws */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw IMAGE_UNREADABLE(error instanceof Error ? error.message.split('\n')[0]! : 'unknown reason');
  }
}

function toInput(pixels: Buffer, found: number, channels: 1 | 3): Float32Array {
  const count = pixels.length / found;
  const input = new Float32Array(count * channels);
  for (let i = 0; i < count; i++) {
    const red = pixels[i * found]!;
    const green = found >= 3 ? pixels[i * found + 1]! : red;
    const blue = found >= 3 ? pixels[i * found + 2]! : red;
    if (channels === 1) input[i] = (299 * red + 587 * green + 114 * blue) / 255_000;
    else input.set([red / 255, green / 255, blue / 255], 3 * i);
  }
  return input;
}

import sharp from 'sharp';

export type ImageShape = readonly [height: number, width: number, channels: number];

export interface ImageGridOptions {
  readonly columns: number;
  /** Side of the square that one pixel becomes. Default 1. */
  readonly scale?: number;
  /** Pixels between and around images, before scaling. Default 1. */
  readonly gap?: number;
  /** Grey level of the gaps and of missing images, 0 ... 255. Default 64. */
  readonly background?: number;
}

/** One picture of a grid: bytes, or floats in [0, 1] (values outside are clipped); undefined leaves the place empty. */
export type GridImage = Uint8Array | Float32Array | undefined;

/**
 * Encodes images of one shape [height, width, 1 or 3] as a PNG grid, filled row by row.
 * Pixels are enlarged without smoothing, so that every one can be seen.
 */
export async function encodeImageGrid(images: readonly GridImage[], shape: ImageShape, options: ImageGridOptions): Promise<Buffer> {
  const { columns, scale = 1, gap = 1, background = 64 } = options;
  const [height, width, channels] = shape;
  if (channels !== 1 && channels !== 3) throw new Error(`internal: a grid of images with ${channels} channels`);
  const rows = Math.ceil(images.length / columns);
  const gridWidth = columns * (width + gap) + gap;
  const gridHeight = rows * (height + gap) + gap;
  const grid = Buffer.alloc(gridWidth * gridHeight * channels, background);
  images.forEach((image, i) => {
    if (image === undefined) return;
    if (image.length !== height * width * channels) throw new Error(`internal: an image of ${image.length} values in a grid of [${shape.join(', ')}]`);
    const bytes = toBytes(image);
    const left = gap + (i % columns) * (width + gap);
    const top = gap + Math.floor(i / columns) * (height + gap);
    for (let y = 0; y < height; y++) {
      const row = bytes.subarray(y * width * channels, (y + 1) * width * channels);
      grid.set(row, ((top + y) * gridWidth + left) * channels);
    }
  });
  const enlarged = enlarge(grid, gridWidth, gridHeight, channels, scale);
  return sharp(enlarged, { raw: { width: gridWidth * scale, height: gridHeight * scale, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/** Floats in [0, 1] as round(255 v), clipped; bytes as they are. */
export function toBytes(image: Uint8Array | Float32Array): Uint8Array {
  return image instanceof Uint8Array ? image : new Uint8Array(Uint8ClampedArray.from(image, (value) => 255 * value).buffer);
}

/** Repeats every pixel `scale` times in both directions. */
function enlarge(pixels: Buffer, width: number, height: number, channels: number, scale: number): Buffer {
  if (scale === 1) return pixels;
  const rowBytes = width * scale * channels;
  const enlarged = Buffer.alloc(rowBytes * height * scale);
  for (let y = 0; y < height; y++) {
    const row = enlarged.subarray(y * scale * rowBytes, y * scale * rowBytes + rowBytes);
    for (let x = 0; x < width * scale; x++) {
      const from = (y * width + Math.floor(x / scale)) * channels;
      for (let channel = 0; channel < channels; channel++) row[x * channels + channel] = pixels[from + channel]!;
    }
    for (let copy = 1; copy < scale; copy++) enlarged.set(row, (y * scale + copy) * rowBytes);
  }
  return enlarged;
}

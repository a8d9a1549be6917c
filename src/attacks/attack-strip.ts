import type { Model } from '../bundles/model.js';
import { encodePng, perturbationBytes, perturbationGain, requirePictureShape, toBytes, type PictureShape } from './picture.js';
import { inputWidth } from './predictions.js';

export interface StripOptions {
  /** Most examples (columns) to draw. */
  readonly columns?: number;
  /** Factor on the perturbation; by default such that the largest change spans half the input range. */
  readonly gain?: number;
}

export interface AttackStrip {
  readonly png: Buffer;
  readonly gain: number;
  readonly columns: number;
}

/** Pixels between tiles and around them, and the smallest tile edge after enlarging. */
const GAP = 4;
const MIN_TILE = 84;

/** Copies a tile, enlarged `scale` times by repeating pixels, to column and row of the canvas. */
function paste(canvas: Uint8Array, canvasWidth: number, tile: Uint8Array, shape: PictureShape, scale: number, column: number, row: number): void {
  const { height, width, channels } = shape;
  const [left, top] = [GAP + column * (width * scale + GAP), GAP + row * (height * scale + GAP)];
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      const to = ((top + y) * canvasWidth + left + x) * channels;
      for (let c = 0; c < channels; c++) canvas[to + c] = tile[from + c]!;
    }
  }
}

/**
 * Draws attacked examples side by side, one column each: clean, perturbation times gain around mid-grey, adversarial.
 *
 * @param clean [n, ...input.shape] and `adversarial` of the same shape, within the input bounds
 * @throws not-an-image-model
 */
export async function attackStrip(
  model: Model,
  clean: Float32Array,
  adversarial: Float32Array,
  options: StripOptions = {},
): Promise<AttackStrip> {
  const { bounds, shape: inputShape } = model.manifest.input;
  const shape = requirePictureShape(inputShape);
  const size = inputWidth(model);
  const columns = Math.min(options.columns ?? 12, clean.length / size);
  const shown = [clean.subarray(0, columns * size), adversarial.subarray(0, columns * size)] as const;
  const gain = options.gain ?? perturbationGain(...shown, bounds);
  const rows = [toBytes(shown[0], bounds), perturbationBytes(...shown, gain, bounds), toBytes(shown[1], bounds)];
  const scale = Math.max(1, Math.ceil(MIN_TILE / Math.max(shape.height, shape.width)));
  const width = GAP + columns * (shape.width * scale + GAP);
  const height = GAP + rows.length * (shape.height * scale + GAP);
  const canvas = new Uint8Array(width * height * shape.channels).fill(255);
  rows.forEach((bytes, row) => {
    for (let column = 0; column < columns; column++) {
      paste(canvas, width, bytes.subarray(column * size, (column + 1) * size), shape, scale, column, row);
    }
  });
  return { png: await encodePng(canvas, { width, height, channels: shape.channels }), gain, columns };
}

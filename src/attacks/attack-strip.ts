import type { Model } from '../bundles/model.js';
import { encodeImageGrid } from '../datasets/image-grid.js';
import { perturbationBytes, perturbationGain, requirePictureShape, toBytes } from './picture.js';
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

/** Smallest edge of a drawn picture. */
const MIN_EDGE = 84;

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
  const { height, width, channels } = requirePictureShape(inputShape);
  const size = inputWidth(model);
  const columns = Math.min(options.columns ?? 12, clean.length / size);
  const shown = [clean.subarray(0, columns * size), adversarial.subarray(0, columns * size)] as const;
  const gain = options.gain ?? perturbationGain(...shown, bounds);
  const rows = [toBytes(shown[0], bounds), perturbationBytes(...shown, gain, bounds), toBytes(shown[1], bounds)];
  const tiles = rows.flatMap((bytes) => Array.from({ length: columns }, (_, i) => bytes.subarray(i * size, (i + 1) * size)));
  const scale = Math.max(1, Math.ceil(MIN_EDGE / Math.max(height, width)));
  return { png: await encodeImageGrid(tiles, [height, width, channels], { columns, scale, background: 255 }), gain, columns };
}

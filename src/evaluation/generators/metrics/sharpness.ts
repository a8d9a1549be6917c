import type { PictureShape } from '../../../attacks/picture.js';

/**
 * Mean over pixels and channels of the length of the forward difference gradient, sqrt(dx^2 + dy^2); blur lowers it.
 *
 * @param pictures [n, height, width, channels]
 */
export function sharpness(pictures: Float32Array, { height, width, channels }: PictureShape): number {
  const size = height * width * channels;
  const [right, down] = [channels, width * channels];
  let [sum, count] = [0, 0];
  for (let start = 0; start < pictures.length; start += size) {
    for (let y = 0; y < height - 1; y++) {
      for (let x = 0; x < (width - 1) * channels; x++) {
        const at = start + y * down + x;
        sum += Math.hypot(pictures[at + right]! - pictures[at]!, pictures[at + down]! - pictures[at]!);
        count += 1;
      }
    }
  }
  return sum / count;
}

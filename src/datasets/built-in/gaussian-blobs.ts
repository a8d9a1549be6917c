import type { GaussianBlobsOptions } from '../dataset.options.js';
import type { BuiltInSet } from './built-in-set.js';
import { RandomStream } from './random-stream.js';

const RADIUS = 0.6;

/** Normal clouds with standard deviation `spread` around `classCount` even points of a circle, clipped to [-1, 1]^2. */
export function gaussianBlobs({ classCount, spread }: GaussianBlobsOptions): BuiltInSet {
  return {
    facts: {
      kind: 'tabular', exampleShape: [2], storage: 'float32', bounds: [-1, 1],
      classes: Array.from({ length: classCount }, (_, i) => `blob ${i}`),
    },
    draw(key, index, row) {
      const random = new RandomStream(key);
      const label = index % classCount;
      const angle = (2 * Math.PI * label) / classCount;
      row[0] = Math.min(1, Math.max(-1, RADIUS * Math.cos(angle) + spread * random.normal()));
      row[1] = Math.min(1, Math.max(-1, RADIUS * Math.sin(angle) + spread * random.normal()));
      return label;
    },
  };
}

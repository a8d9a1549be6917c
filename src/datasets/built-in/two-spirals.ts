import type { TwoSpiralsOptions } from '../dataset.options.js';
import type { BuiltInSet } from './built-in-set.js';
import { RandomStream } from './random-stream.js';

const RADIUS = 0.9;

/**
 * Two interleaved spiral arms in [-1, 1]^2 (after Lang and Witbrock 1988): with t uniform on [0.05, 1), arm c in {0, 1},
 * the point is 0.9 t (cos a, sin a), a = 2 pi turns t + pi c, plus normal noise, clipped to the bounds.
 */
export function twoSpirals({ noise, turns }: TwoSpiralsOptions): BuiltInSet {
  return {
    facts: { kind: 'tabular', exampleShape: [2], storage: 'float32', bounds: [-1, 1], classes: ['first arm', 'second arm'] },
    draw(key, index, row) {
      const random = new RandomStream(key);
      const arm = index % 2;
      const t = random.uniform(0.05, 1);
      const angle = 2 * Math.PI * turns * t + Math.PI * arm;
      row[0] = Math.min(1, Math.max(-1, RADIUS * t * Math.cos(angle) + noise * random.normal()));
      row[1] = Math.min(1, Math.max(-1, RADIUS * t * Math.sin(angle) + noise * random.normal()));
      return arm;
    },
  };
}

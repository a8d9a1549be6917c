import { normal, uniform, type Key } from '../compiler/random/index.js';
import type { HostTensor } from '../compiler/tensors.js';

/** Variance-preserving start of a kernel with `fanIn` inputs and `fanOut` outputs per unit, or a constant. */
export type Initialiser =
  /** N(0, 2 / fanIn): He et al. 2015, for rectified units. */
  | { readonly kind: 'he-normal'; readonly fanIn: number }
  /** U(-a, a), a = sqrt(6 / (fanIn + fanOut)): Glorot and Bengio 2010. */
  | { readonly kind: 'glorot-uniform'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

function values(initialiser: Initialiser, count: number, key: Key): Float32Array {
  switch (initialiser.kind) {
    case 'he-normal': {
      const deviation = Math.sqrt(2 / initialiser.fanIn);
      return normal(key, count).map((z) => z * deviation);
    }
    case 'glorot-uniform': {
      const bound = Math.sqrt(6 / (initialiser.fanIn + initialiser.fanOut));
      return uniform(key, count).map((u) => (2 * u - 1) * bound);
    }
    case 'constant':
      return new Float32Array(count).fill(initialiser.value);
  }
}

/** Draws a tensor of `shape`; the same key gives the same numbers. */
export function draw(initialiser: Initialiser, shape: readonly number[], key: Key): HostTensor {
  const count = shape.reduce((product, length) => product * length, 1);
  return { dtype: 'float32', shape, data: values(initialiser, count, key) };
}

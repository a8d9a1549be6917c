import type { Norm } from './attack.options.js';

/** Smallest and largest value that an input may have. */
export type Bounds = readonly [number, number];

/**
 * The geometry of a threat model. Batches are flat and row-major: row i of a batch of `width` features lies at
 * [i * width, (i + 1) * width).
 */
export interface NormBall {
  readonly norm: Norm;
  /** Largest distance between two inputs of `width` features within `bounds`; larger radii mean nothing. */
  diameter(width: number, bounds: Bounds): number;
  /**
   * argmax over |d| <= 1 of <d, g> for each row g: sign(g) for Linf, g / |g| for L2. Rows that are zero or not finite
   * have no such direction and give zeros.
   */
  steepest(gradient: Float32Array, width: number): Float32Array;
  /**
   * Moves each row of `points` into the ball of radius `epsilon` around its row of `centres` and into `bounds`. The stored
   * float32 numbers themselves lie in the ball, up to 1e-6 of its radius. Centres must lie within `bounds`.
   */
  project(points: Float32Array, centres: Float32Array, width: number, epsilon: number, bounds: Bounds): Float32Array;
  /** Distance of each row of `a` from its row of `b`, in float64. */
  distance(a: Float32Array, b: Float32Array, width: number): Float64Array;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The next float32 after `value` on the way to `goal`, which differs from it. */
function nextFloat(value: number, goal: number): number {
  if (value === 0) return goal > 0 ? 2 ** -149 : -(2 ** -149);
  float[0] = value;
  bits[0] = bits[0]! + (goal > value === value > 0 ? 1 : -1);
  return float[0];
}

/** Relative growth of a step that rounding may cause; a tenth of what the runner's ball check forgives. */
const ROUNDING_SLACK = 1e-6;

/** float32(centre + step) within [low, high], never farther from the centre than |step| (1 + ROUNDING_SLACK). */
function moved(centre: number, step: number, low: number, high: number): number {
  const value = Math.fround(Math.min(Math.max(centre + step, low), high));
  return Math.abs(value - centre) > Math.abs(step) * (1 + ROUNDING_SLACK) ? nextFloat(value, centre) : value;
}

/** x + scale * d, elementwise in float32: one step from `points` along `directions`. */
export function stepAlong(points: Float32Array, directions: Float32Array, scale: number): Float32Array {
  const stepped = new Float32Array(points.length);
  for (let i = 0; i < points.length; i++) stepped[i] = points[i]! + scale * directions[i]!;
  return stepped;
}

/** 1 for each row whose gradient is zero everywhere or has a value that is not finite, else 0. */
export function deadRows(gradient: Float32Array, width: number): Uint8Array {
  const dead = new Uint8Array(gradient.length / width);
  for (let row = 0; row < dead.length; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += Math.abs(gradient[i]!);
    dead[row] = sum > 0 && sum < Infinity ? 0 : 1;
  }
  return dead;
}

/** sqrt(sum_j (a_j - b_j)^2) over the row that starts at `start`; without `b`, the norm of `a`. */
function euclidean(a: Float32Array, b: Float32Array | undefined, start: number, width: number): number {
  let sum = 0;
  for (let i = start; i < start + width; i++) {
    const apart = b ? a[i]! - b[i]! : a[i]!;
    sum += apart * apart;
  }
  return Math.sqrt(sum);
}

/** max_j |d_j| <= epsilon: every feature may move by epsilon. */
const linf: NormBall = {
  norm: 'Linf',
  diameter: (_width, [low, high]) => high - low,
  steepest(gradient, width) {
    const dead = deadRows(gradient, width);
    const directions = new Float32Array(gradient.length);
    for (let row = 0; row < dead.length; row++) {
      if (dead[row]) continue;
      for (let i = row * width; i < (row + 1) * width; i++) directions[i] = Math.sign(gradient[i]!);
    }
    return directions;
  },
  project(points, centres, _width, epsilon, bounds) {
    const low = Math.fround(bounds[0]);
    const high = Math.fround(bounds[1]);
    const projected = new Float32Array(points.length);
    for (let i = 0; i < points.length; i++) {
      const step = Math.min(Math.max(points[i]! - centres[i]!, -epsilon), epsilon);
      projected[i] = moved(centres[i]!, step, low, high);
    }
    return projected;
  },
  distance(a, b, width) {
    const distances = new Float64Array(a.length / width);
    for (let row = 0; row < distances.length; row++) {
      let largest = 0;
      for (let i = row * width; i < (row + 1) * width; i++) {
        const apart = Math.abs(a[i]! - b[i]!);
        if (!(apart <= largest)) largest = apart;
        if (Number.isNaN(apart)) break;
      }
      distances[row] = largest;
    }
    return distances;
  },
};

/** sum_j d_j^2 <= epsilon^2: the whole example may move by epsilon. */
const l2: NormBall = {
  norm: 'L2',
  diameter: (width, [low, high]) => (high - low) * Math.sqrt(width),
  steepest(gradient, width) {
    const dead = deadRows(gradient, width);
    const directions = new Float32Array(gradient.length);
    for (let row = 0; row < dead.length; row++) {
      if (dead[row]) continue;
      const length = euclidean(gradient, undefined, row * width, width);
      for (let i = row * width; i < (row + 1) * width; i++) directions[i] = gradient[i]! / length;
    }
    return directions;
  },
  project(points, centres, width, epsilon, bounds) {
    const low = Math.fround(bounds[0]);
    const high = Math.fround(bounds[1]);
    const projected = new Float32Array(points.length);
    for (let start = 0; start < points.length; start += width) {
      const length = euclidean(points, centres, start, width);
      const shrink = length > epsilon ? epsilon / length : 1;
      for (let i = start; i < start + width; i++) {
        projected[i] = moved(centres[i]!, (points[i]! - centres[i]!) * shrink, low, high);
      }
    }
    return projected;
  },
  distance(a, b, width) {
    return Float64Array.from({ length: a.length / width }, (_, row) => euclidean(a, b, row * width, width));
  },
};

const BALLS: Readonly<Record<Norm, NormBall>> = { Linf: linf, L2: l2 };

/** The ball of a norm. */
export function normBall(norm: Norm): NormBall {
  return BALLS[norm];
}

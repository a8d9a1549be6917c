import { nearestDistances } from './nearest-rows.js';
import { proportion, type Proportion } from '../../metrics/wilson.js';

/** Whether samples lie closer to the training examples than fresh data does. */
export interface Memorisation {
  /** Samples whose nearest training example is nearer than their nearest held-out one; 0.5 is expected of fresh data. */
  readonly nearerToTraining: Proportion;
  /** Standardised Mann-Whitney statistic of distances to the training set, samples against held-out rows; below -3: copying. */
  readonly copying: number;
}

/**
 * k-nearest-neighbour test for memorisation, k = 1: the three-sample test of Meehan, Chaudhuri and Dasgupta 2020
 * (arXiv:2004.05675, section 3) over the whole space, and the share of samples that have a training example as nearest
 * neighbour among equally many training and held-out rows. Ties count half in the statistic and not in the share.
 *
 * @param samples [m, width]
 * @param training, heldOut [n, width], as many rows each
 */
export function memorisation(samples: Float32Array, training: Float32Array, heldOut: Float32Array, width: number): Memorisation {
  if (training.length !== heldOut.length) throw new Error('internal: as many training rows as held-out rows are needed');
  const toTraining = nearestDistances(samples, training, width);
  const toHeldOut = nearestDistances(samples, heldOut, width);
  const nearer = toTraining.reduce((sum, distance, i) => sum + (distance < toHeldOut[i]! ? 1 : 0), 0);
  return {
    nearerToTraining: proportion(nearer, toTraining.length),
    copying: mannWhitney(toTraining, nearestDistances(heldOut, training, width)),
  };
}

/**
 * (U - nm/2) / sqrt(nm (n + m + 1) / 12) with U the number of pairs a > b, ties half: negative where `a` tends to be smaller.
 */
export function mannWhitney(a: Float64Array, b: Float64Array): number {
  const sorted = Float64Array.from(b).sort();
  const pairs = a.reduce((sum, value) => sum + (below(sorted, value, false) + below(sorted, value, true)) / 2, 0);
  const [n, m] = [a.length, b.length];
  return (pairs - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

/** Number of entries of an ascending list below `value`, or not above it when `inclusive`. */
function below(sorted: Float64Array, value: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (inclusive && sorted[middle]! === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

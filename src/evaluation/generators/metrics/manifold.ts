import { squaredDistance } from '../../../generation/nearest.js';
import { neighbourRadii } from './nearest-rows.js';

/** Fidelity and diversity of a sample against data, from k-nearest-neighbour balls. */
export interface ManifoldScores {
  /** Share of samples inside the ball of at least one data row. */
  readonly precision: number;
  /** Share of data rows inside the ball of at least one sample. */
  readonly recall: number;
  /** Mean over samples of the number of data balls around them, over k; may exceed 1. */
  readonly density: number;
  /** Share of data rows whose own ball holds a sample. */
  readonly coverage: number;
}

/**
 * Precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991, eq. 1 and 2), density and coverage (Naeem et al. 2020,
 * arXiv:2002.09797, eq. 3 and 5). The ball of a row reaches to its k-th nearest neighbour in its own set, and is closed.
 *
 * @param data, samples [n, width] and [m, width] features
 * @param k below both n and m
 */
export function manifoldScores(data: Float32Array, samples: Float32Array, width: number, k: number): ManifoldScores {
  const [n, m] = [data.length / width, samples.length / width];
  const dataRadii = neighbourRadii(data, width, k);
  const sampleRadii = neighbourRadii(samples, width, k);
  const around = new Int32Array(m); // data balls around each sample
  let [recalled, covered] = [0, 0];
  for (let i = 0; i < n; i++) {
    let [inSampleBall, holdsSample] = [false, false];
    for (let j = 0; j < m; j++) {
      const distance = squaredDistance(data, i * width, samples, j * width, width, Math.max(dataRadii[i]!, sampleRadii[j]!));
      if (distance <= dataRadii[i]!) {
        around[j]! += 1;
        holdsSample = true;
      }
      if (distance <= sampleRadii[j]!) inSampleBall = true;
    }
    if (inSampleBall) recalled += 1;
    if (holdsSample) covered += 1;
  }
  const inside = around.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const balls = around.reduce((sum, count) => sum + count, 0);
  return { precision: inside / m, recall: recalled / n, density: balls / (k * m), coverage: covered / n };
}

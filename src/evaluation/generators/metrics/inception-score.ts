/** The score of each part of a sample, and what is reported of them. */
export interface InceptionScore {
  /** Mean over the parts. */
  readonly mean: number;
  /** Standard deviation over the parts (n - 1); 0 for a single part. */
  readonly deviation: number;
}

/**
 * exp(mean_x KL(p(y|x) || p(y))) from class probabilities, p(y) the mean of p(y|x) over the part (Salimans et al. 2016,
 * arXiv:1606.03498, section 4). It lies between 1 and the number of classes, and depends on the classifier.
 *
 * @param probabilities [n, classCount], rows sum to 1
 * @param parts consecutive parts of equal size, scored apart; rows beyond the last whole part are left out
 */
export function inceptionScore(probabilities: Float32Array, classCount: number, parts: number): InceptionScore {
  const rows = Math.floor(probabilities.length / classCount / parts);
  if (rows < 1) throw new Error(`internal: ${probabilities.length / classCount} rows do not make ${parts} parts`);
  const scores = Array.from({ length: parts }, (_, part) =>
    scoreOf(probabilities.subarray(part * rows * classCount, (part + 1) * rows * classCount), classCount),
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / parts;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { mean, deviation: parts > 1 ? Math.sqrt(squares / (parts - 1)) : 0 };
}

function scoreOf(probabilities: Float32Array, classCount: number): number {
  const rows = probabilities.length / classCount;
  const marginal = new Float64Array(classCount);
  probabilities.forEach((p, i) => (marginal[i % classCount]! += p / rows));
  let divergence = 0;
  probabilities.forEach((p, i) => {
    if (p > 0) divergence += (p * Math.log(p / marginal[i % classCount]!)) / rows;
  });
  return Math.exp(divergence);
}

/** Examples whose confidence lies in (low, high], the first bin including 0. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean confidence and accuracy of the bin; null when it is empty. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface Calibration {
  /** Expected calibration error, sum_b (n_b / n) |accuracy_b - confidence_b|. */
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

export const CALIBRATION_BINS = 15;

/**
 * Reliability table and expected calibration error over bins of equal width (Guo et al. 2017, arXiv:1706.04599, eq. 3).
 *
 * @param confidences [n] probability of the predicted class
 * @param correct [n] 1 where the prediction is right
 */
export function calibration(confidences: ArrayLike<number>, correct: ArrayLike<number>, binCount = CALIBRATION_BINS): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, correct: 0 }));
  for (let i = 0; i < confidences.length; i++) {
    const index = Math.min(Math.max(Math.ceil(confidences[i]! * binCount) - 1, 0), binCount - 1);
    const bin = sums[index]!;
    bin.count += 1;
    bin.confidence += confidences[i]!;
    bin.correct += correct[i]!;
  }
  const gap = sums.reduce((sum, bin) => sum + Math.abs(bin.correct - bin.confidence), 0);
  return {
    ece: gap / confidences.length,
    bins: sums.map(({ count, confidence, correct: right }, b) => ({
      low: b / binCount,
      high: (b + 1) / binCount,
      count,
      confidence: count ? confidence / count : null,
      accuracy: count ? right / count : null,
    })),
  };
}

/** Brier score of each example, sum_c (p_c - [c = y])^2, from 0 (certain and right) to 2 (certain and wrong). */
export function brierScores(probabilities: Float32Array, labels: ArrayLike<number>, classCount: number): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, row) => {
    let score = 0;
    for (let c = 0; c < classCount; c++) {
      score += (probabilities[row * classCount + c]! - (c === labels[row] ? 1 : 0)) ** 2;
    }
    return score;
  });
}

/** Entry [true class][predicted class] counts examples. */
export function confusionMatrix(labels: ArrayLike<number>, predictions: ArrayLike<number>, classCount: number): number[][] {
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predictions[i]!]! += 1;
  return matrix;
}

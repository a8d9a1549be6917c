import { columnMeans, columnVariances } from './moments.js';

/** Labelled rows. */
export interface LabelledRows {
  /** [n, width] */
  readonly rows: Float32Array;
  /** [n] from 0 to classCount - 1 */
  readonly labels: Int32Array;
}

export interface LinearProbe {
  /** [n] most probable class of each of [n, width] rows. */
  predict(rows: Float32Array): Int32Array;
  /** Mean cross-entropy plus penalty at the end of the fit. */
  readonly objective: number;
}

/** Weight of |W|^2 / 2 in the objective; the bias is free. */
const PENALTY = 1e-3;
const MAX_STEPS = 2000;
/** Steps end when no entry of the gradient is larger. */
const GRADIENT_TOLERANCE = 1e-5;

/**
 * Softmax regression on standardised columns: the minimum of mean cross-entropy + 1e-3 |W|^2 / 2, by Nesterov's accelerated
 * gradient method, restarted where it turns uphill (O'Donoghue and Candès 2015, section 3.2). Steps are 1 / L with
 * L = (trace of X'X / n + 1) / 2 + 1e-3, a bound on the curvature (Böhning 1992). Nothing is random.
 *
 * @param width columns; a constant column gets no weight
 */
export function fitLinearProbe({ rows, labels }: LabelledRows, width: number, classCount: number): LinearProbe {
  const standardise = standardiser(rows, width);
  const inputs = standardise(rows); // [n, width + 1], last column 1
  const size = (width + 1) * classCount;
  const count = labels.length;
  const lipschitz = inputs.reduce((sum, value) => sum + value * value, 0) / count / 2 + PENALTY;
  let [weights, ahead, momentum] = [new Float64Array(size), new Float64Array(size), 1];
  let { gradient } = objectiveAt(ahead, inputs, labels, width, classCount);
  for (let step = 0; step < MAX_STEPS && gradient.some((value) => Math.abs(value) > GRADIENT_TOLERANCE); step++) {
    const next = ahead.map((value, i) => value - gradient[i]! / lipschitz);
    const uphill = next.reduce((sum, value, i) => sum + gradient[i]! * (value - weights[i]!), 0) > 0;
    const larger = uphill ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const carry = uphill ? 0 : (momentum - 1) / larger;
    ahead = next.map((value, i) => value + carry * (value - weights[i]!));
    [weights, momentum] = [next, larger];
    ({ gradient } = objectiveAt(ahead, inputs, labels, width, classCount));
  }
  return {
    objective: objectiveAt(ahead, inputs, labels, width, classCount).value,
    predict: (queries) => {
      const scores = scoresOf(standardise(queries), ahead, width, classCount);
      return Int32Array.from({ length: scores.length / classCount }, (_, row) => largest(scores.subarray(row * classCount, (row + 1) * classCount)));
    },
  };
}

/** (x - mean) / deviation of the fitted rows, then a 1 for the bias; a constant column becomes 0. */
function standardiser(fitted: Float32Array, width: number): (rows: Float32Array) => Float64Array {
  const mean = columnMeans(fitted, width);
  const deviation = columnVariances(fitted, width).map(Math.sqrt);
  return (rows) => {
    const inputs = new Float64Array((rows.length / width) * (width + 1)).fill(1);
    rows.forEach((value, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      inputs[row * (width + 1) + column] = deviation[column]! > 0 ? (value - mean[column]!) / deviation[column]! : 0;
    });
    return inputs;
  };
}

/** X W: [n, classCount] */
function scoresOf(inputs: Float64Array, weights: Float64Array, width: number, classCount: number): Float64Array {
  const columns = width + 1;
  const scores = new Float64Array((inputs.length / columns) * classCount);
  for (let row = 0; row < inputs.length / columns; row++) {
    for (let j = 0; j < columns; j++) {
      const value = inputs[row * columns + j]!;
      for (let c = 0; c < classCount; c++) scores[row * classCount + c]! += value * weights[j * classCount + c]!;
    }
  }
  return scores;
}

/** Value and gradient X'(P - Y) / n + 1e-3 W of the objective. */
function objectiveAt(
  weights: Float64Array, inputs: Float64Array, labels: Int32Array, width: number, classCount: number,
): { value: number; gradient: Float64Array } {
  const columns = width + 1;
  const scores = scoresOf(inputs, weights, width, classCount);
  const gradient = new Float64Array(weights.length);
  let value = 0;
  labels.forEach((label, row) => {
    const scoresOfRow = scores.subarray(row * classCount, (row + 1) * classCount);
    const top = scoresOfRow[largest(scoresOfRow)]!;
    const total = scoresOfRow.reduce((sum, score) => sum + Math.exp(score - top), 0);
    value += (Math.log(total) + top - scoresOfRow[label]!) / labels.length;
    const residual = scoresOfRow.map((score, c) => (Math.exp(score - top) / total - (c === label ? 1 : 0)) / labels.length);
    for (let j = 0; j < columns; j++) {
      for (let c = 0; c < classCount; c++) gradient[j * classCount + c]! += inputs[row * columns + j]! * residual[c]!;
    }
  });
  for (let i = 0; i < width * classCount; i++) {
    gradient[i]! += PENALTY * weights[i]!;
    value += (PENALTY / 2) * weights[i]! ** 2;
  }
  return { value, gradient };
}

/** Index of the largest value, the lowest among equals. */
function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

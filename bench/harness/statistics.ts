/** Middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('internal: median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** Median over the rounds of ours / theirs in the same round: below 1, ours is faster. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) throw new Error(`internal: ${ours.length} rounds of ours, ${theirs.length} of theirs`);
  return median(ours.map((time, round) => time / theirs[round]!));
}

/** The times of one contender: the median of each round's turn, in milliseconds. */
export interface Timed {
  readonly peer: string;
  readonly threads: number;
  readonly milliseconds: readonly number[];
}

/** Of each peer, in order of appearance, the number of threads with the smallest median. */
export function bestThreads<T extends Timed>(contenders: readonly T[]): T[] {
  const best = new Map<string, T>();
  for (const contender of contenders) {
    const known = best.get(contender.peer);
    if (known === undefined || median(contender.milliseconds) < median(known.milliseconds)) best.set(contender.peer, contender);
  }
  return [...best.values()];
}

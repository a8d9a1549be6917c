import * as tf from '@tensorflow/tfjs-core';
import { scanInitialShape, scanSequenceLength, scanStepsOutOfRange, scanTaps, scanWithoutSteps } from '../../errors/control.errors.js';

/** A tensor, and which of its positions a step sees: [0] for a sequence and [-1] for a state unless given. */
export type Tapped = tf.Tensor | { readonly tensor: tf.Tensor; readonly taps: readonly number[] };

/** Most steps of one loop. */
export const MOST_STEPS = 10_000;

const describe = (x: tf.Tensor): string => `${x.dtype}[${x.shape.join(',')}]`;

/** `x[t-2]`, `x[t]`, `x[t+1]`: what a step calls the value at a tap. */
const tapName = (name: string, tap: number): string => `${name}[t${tap > 0 ? '+' : ''}${tap === 0 ? '' : tap}]`;

/** A sequence as a step sees it: one name and one offset for each tap. */
export interface SequenceTaps {
  readonly name: string;
  readonly tensor: tf.Tensor;
  readonly views: readonly { readonly name: string; readonly offset: number }[];
  /** Positions beyond the number of steps that the taps need. */
  readonly margin: number;
}

function checkTaps(name: string, taps: readonly number[], accepts: (tap: number) => boolean, accepted: string): void {
  const fits = taps.length > 0 && new Set(taps).size === taps.length && taps.every((tap) => Number.isInteger(tap) && accepts(tap));
  if (!fits) throw scanTaps(name, `[${taps.join(', ')}]`, `different whole numbers, ${accepted}`);
}

/** Step t at tap k sees position t + k - min(taps, 0): no tap looks outside the sequence. */
export function sequenceTaps(name: string, given: Tapped): SequenceTaps {
  if (given instanceof tf.Tensor) return { name, tensor: given, views: [{ name, offset: 0 }], margin: 0 };
  const { tensor, taps } = given;
  checkTaps(name, taps, () => true, 'at least one');
  const [first, last] = [Math.min(0, ...taps), Math.max(0, ...taps)];
  return { name, tensor, views: taps.map((tap) => ({ name: tapName(name, tap), offset: tap - first })), margin: last - first };
}

/** @throws scan-without-steps, scan-steps-out-of-range, scan-sequence-length */
export function countSteps(sequences: readonly SequenceTaps[], given: number | undefined): number {
  const implied = sequences.map(({ tensor, margin }) => (tensor.shape[0] ?? 0) - margin);
  if (given === undefined && implied.length === 0) throw scanWithoutSteps();
  const steps = given ?? implied[0]!;
  const inRange = Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS;
  if (!inRange) throw scanStepsOutOfRange(steps, MOST_STEPS);
  for (const [i, { name, tensor, margin, views }] of sequences.entries()) {
    const fits = given === undefined ? implied[i] === steps : implied[i]! >= steps;
    if (!fits) throw scanSequenceLength(name, describe(tensor), views.map((view) => view.name).join(', '), steps, steps + margin);
  }
  return steps;
}

/** The positions that the steps read through one view, [steps, ...]. */
export function viewed(tensor: tf.Tensor, offset: number, steps: number): tf.Tensor {
  const [length, ...rest] = tensor.shape;
  return length === steps ? tensor : tf.slice(tensor, [offset, ...rest.map(() => 0)], [steps, ...rest]);
}

/** A state as the loop carries it: the last value, the one before, ... as many as the taps reach back. */
export interface StateTaps {
  readonly name: string;
  /** First values, the newest first. */
  readonly initial: readonly tf.Tensor[];
  /** Names of the values that a step sees, and how many steps back they are. */
  readonly views: readonly { readonly name: string; readonly back: number }[];
}

/**
 * With taps, the first values are [k, ...], the oldest first, for taps down to -k.
 * @throws scan-taps-invalid, scan-initial-shape
 */
export function stateTaps(name: string, given: Tapped): StateTaps {
  if (given instanceof tf.Tensor) return { name, initial: [given], views: [{ name, back: 1 }] };
  const { tensor, taps } = given;
  checkTaps(name, taps, (tap) => tap < 0, 'below 0');
  const depth = -Math.min(...taps);
  const [length, ...rest] = tensor.shape;
  if (length !== depth) throw scanInitialShape(name, describe(tensor), depth);
  const value = (index: number): tf.Tensor => tf.reshape(tf.slice(tensor, [index, ...rest.map(() => 0)], [1, ...rest]), rest);
  return {
    name,
    initial: Array.from({ length: depth }, (_, i) => value(depth - 1 - i)),
    views: taps.map((tap) => ({ name: tapName(name, tap), back: -tap })),
  };
}

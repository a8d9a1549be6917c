import * as tf from '@tensorflow/tfjs-core';
import { scan } from '../../control/index.js';
import { broadcast, isFloat, limited, type Operation, type Value } from './value.js';

type Step = (x: tf.Tensor, h: tf.Tensor, w: tf.Tensor) => tf.Tensor;

interface Recurrence {
  readonly note: string;
  readonly step: Step;
  /** Bound of |h| from bounds of |x| and |w|. */
  readonly bound: (x: number, w: number) => number;
}

const recurrences: readonly Recurrence[] = [
  { note: 'h/2 + x', step: (x, h) => tf.add(tf.mul(h, 0.5), x), bound: (x) => 2 * x },
  { note: 'tanh(h + w x)', step: (x, h, w) => tf.tanh(tf.add(h, tf.mul(w, x))), bound: () => 1 },
  { note: 'h sigmoid(x) + sin(w)', step: (x, h, w) => tf.add(tf.mul(h, tf.mul(tf.sigmoid(x), 0.5)), tf.sin(w)), bound: () => 2 },
  { note: 'max(h, x) - w', step: (x, h, w) => tf.mul(tf.sub(tf.maximum(h, x), w), 0.5), bound: (x, w) => x + w },
];

const largest = ({ low, high }: Value): number => Math.max(Math.abs(low), Math.abs(high));

/** The states, or the last one, of a recurrence along the first axis; `choice` picks it, the direction and the result. */
const scanned: Operation = {
  name: 'scan', arity: 2,
  make: ([x, w], choice) => {
    if (!isFloat(x!) || !isFloat(w!) || x!.shape.length === 0) return undefined;
    const rest = x!.shape.slice(1);
    if (broadcast(rest, w!.shape)?.join() !== rest.join()) return undefined;
    const { note, step, bound } = recurrences[choice % recurrences.length]!;
    const [backwards, last, unroll] = [4, 8, 16].map((weight) => Math.floor(choice / weight) % 2 === 1) as [boolean, boolean, boolean];
    const run = (sequence: tf.Tensor, fixed: tf.Tensor): tf.Tensor => {
      const { states, outputs } = scan({ sequences: { x: sequence }, initial: { h: tf.zeros(rest) }, fixed: { w: fixed }, backwards, unroll, body: ({ x: now }, { h }, { w: weight }) => {
        const next = step(now!, h!, weight!);
        return { states: { h: next }, outputs: { h: next } };
      } });
      return last ? states.h! : outputs.h!;
    };
    const most = bound(largest(x!), largest(w!));
    const details = [note, ...(backwards ? ['backwards'] : []), ...(last ? ['last'] : []), ...(unroll ? ['unrolled'] : [])].join(', ');
    return limited({ dtype: 'float32', shape: last ? rest : x!.shape, low: -most, high: most, exact: false, run, note: details });
  },
};

export const recurrentOperations: readonly Operation[] = [scanned, scanned];

import * as tf from '@tensorflow/tfjs-core';
import { masked, type LoopResult, type LoopSpec } from './loop-spec.js';
import { constantIn } from './stop-gradient.js';
import { apart, gradientDepth } from './tape.js';

/** Positions `from` to `from + count` of a sequence. */
function part(x: tf.Tensor, from: number, count: number): tf.Tensor {
  const [, ...rest] = x.shape;
  return tf.slice(x, [from, ...rest.map(() => 0)], [count, ...rest]);
}

/**
 * A loop whose gradient goes through its last `kept` steps only. The steps before are a loop of their own, apart from the
 * gradients in progress: what it gives is constant for them.
 */
export function truncated(whole: LoopSpec, kept: number, run: (loop: LoopSpec) => LoopResult): LoopResult {
  if (gradientDepth() === 0) return run(whole);
  const spec = whole.endsEarly ? masked(whole) : whole; // the later loop must know of an end in the earlier one
  const { steps, reverse, sequences, states } = spec;
  const earlier = steps - kept;
  const positions = (from: number, count: number): Pick<LoopSpec, 'steps' | 'sequences'> =>
    ({ steps: count, sequences: sequences.map((x) => part(x, from, count)) });
  const before = apart(() => run({ ...spec, ...positions(reverse ? kept : 0, earlier) }));
  const started = before.states.map((value) => constantIn(value, states));
  const after = run({ ...spec, ...positions(reverse ? 0 : earlier, kept), states: started });
  const outputs = after.outputs.map((last, i) => tf.concat(reverse ? [last, before.outputs[i]!] : [before.outputs[i]!, last]));
  return { states: after.states.slice(0, whole.states.length), outputs };
}

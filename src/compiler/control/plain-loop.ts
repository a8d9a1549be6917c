import * as tf from '@tensorflow/tfjs-core';
import type { LoopResult, LoopSpec } from './loop-spec.js';

/** Position `index` along the leading axis. */
function slice(x: tf.Tensor, index: number): tf.Tensor {
  const [, ...rest] = x.shape;
  return tf.reshape(tf.slice(x, [index, ...rest.map(() => 0)], [1, ...rest]), rest);
}

/**
 * Runs a loop as one operation after the other on the current backend. An early end is read from the values, so in a
 * trace there must be none.
 * @param onStep is called after every step with the number of steps done
 */
export function plainLoop(spec: LoopSpec, onStep: (done: number) => void = () => undefined): LoopResult {
  const { steps, reverse, sequences, states } = spec;
  let current = states;
  const stacks: tf.Tensor[][] = [];
  const position = (i: number): number => (reverse ? steps - 1 - i : i);
  for (let i = 0; i < steps; i++) {
    const { next, outputs, until } = tf.tidy(() => {
      const result = spec.step(sequences.map((x) => slice(x, position(i))), current);
      return { next: [...result.states], outputs: [...result.outputs], until: result.until ? [result.until] : [] };
    });
    current = next;
    outputs.forEach((value, k) => ((stacks[k] ??= [])[position(i)] = value));
    onStep(i + 1);
    if (until[0]?.dataSync()[0] === 1) break;
  }
  const outputs = stacks.map((stack) => {
    const reached = stack.find((value) => value !== undefined)!;
    return tf.stack(Array.from({ length: steps }, (_, i) => stack[i] ?? tf.zerosLike(reached)));
  });
  return { states: current, outputs };
}

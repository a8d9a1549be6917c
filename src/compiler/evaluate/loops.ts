import * as tf from '@tensorflow/tfjs-core';
import type { Loop } from '../graph/loop.js';

/** Computes one step: the outputs of the body from its leaves. */
export type Step = (leaves: readonly tf.Tensor[]) => (output: string) => tf.Tensor;

/** Names a result of a loop: an output of its body at every step, or the last value of a state. */
export const resultKey = ({ result, stacked }: { readonly result: string; readonly stacked: boolean }): string => `${stacked ? 'all' : 'last'} ${result}`;

/** Position `index` along the leading axis. */
const at = (x: tf.Tensor, index: number): tf.Tensor =>
  tf.reshape(tf.slice(x, [index, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]), x.shape.slice(1));

/** [steps, ...] from the values of the positions that a step reached, 0 elsewhere. */
function stacked(values: readonly (tf.Tensor | undefined)[]): tf.Tensor {
  const reached = values.find((value) => value !== undefined)!;
  return tf.cast(tf.stack(Array.from(values, (value) => value ?? tf.zerosLike(reached))), reached.dtype);
}

/** Every result that a loop could have, step by step, by `resultKey`. */
export function evaluateLoop({ steps, reverse, sequences, states, carried, until, body }: Loop, operands: readonly tf.Tensor[], step: Step): Map<string, tf.Tensor> {
  const slices = operands.slice(0, sequences);
  const fixed = operands.slice(sequences + states);
  let current = operands.slice(sequences, sequences + states);
  const stacks = new Map(Object.keys(body.outputs).map((name) => [name, new Array<tf.Tensor | undefined>(steps).fill(undefined)]));
  for (let i = 0; i < steps; i++) {
    const position = reverse ? steps - 1 - i : i;
    const output = step([...slices.map((x) => at(x, position)), ...current, ...fixed]);
    for (const [name, stack] of stacks) stack[position] = output(name);
    current = carried.map(output);
    if (until !== undefined && output(until).dataSync()[0] === 1) break;
  }
  return new Map([
    ...Array.from(stacks, ([result, values]): [string, tf.Tensor] => [resultKey({ result, stacked: true }), stacked(values)]),
    ...carried.map((result, i): [string, tf.Tensor] => [resultKey({ result, stacked: false }), current[i]!]),
  ]);
}

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program } from '../../program.js';
import type { NamedHostTensors } from '../../tensors.js';
import { booleans, floats, integers } from '../row.js';
import { arrayOperations } from './arrays.js';
import { elementwiseOperations } from './elementwise.js';
import { imageOperations } from './images.js';
import { recurrentOperations } from './recurrences.js';
import { isFloat, type Made, type Operation, type Value } from './value.js';

/** One step as numbers: which operation, which operands (counted back from the last value), which attributes. */
export type Gene = readonly [operation: number, first: number, second: number, third: number, choice: number];

const operations = [...elementwiseOperations, ...arrayOperations, ...imageOperations, ...imageOperations, ...recurrentOperations];

export const operationNames: readonly string[] = [...new Set(operations.map(({ name }) => name))];

/** The operands that all programs share; small integers fit as indices. */
export const leaves: NamedHostTensors = {
  x: floats([2, 3, 4]), v: floats([4], 0.3, 1.5), m: floats([4, 3], -1, 1), image: floats([2, 5, 6, 2]), w: floats([2, 3, 2, 3], -0.4, 0.4),
  i: integers([2, 3], 0, 2, 1, 1, 0, 2), n: integers([4], 1, 3, 2, 5), c: booleans([3, 4], 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0), one: floats([], 0.5, 1),
};

const leafValues: readonly Value[] = Object.values(leaves).map(({ dtype, shape, data }) =>
  ({ dtype, shape, low: Math.min(...data), high: Math.max(...data), exact: true }));

interface Step { readonly name: string; readonly operands: readonly number[]; readonly made: Made }

/** A program of a few steps over the shared operands. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Place of the value that is the output. */
  readonly output: number;
}

/** The operation on the operands at these places, in the first order that suits it. */
function stepOf({ name, arity, make }: Operation, places: readonly number[], values: readonly Value[], choice: number): Step | undefined {
  for (let turn = 0; turn < (arity === 1 ? 1 : places.length); turn++) {
    const operands = [...places.slice(turn), ...places.slice(0, turn)].slice(0, arity);
    const made = make(operands.map((place) => values[place]!), choice);
    if (made !== undefined) return { name, operands, made };
  }
  return undefined;
}

/** Interprets numbers as a program: each step takes the first operation, from the one named on, that suits its operands. */
export function planOf(genes: readonly Gene[]): Plan {
  const values: Value[] = [...leafValues];
  const steps: Step[] = [];
  for (const [operation, first, second, third, choice] of genes) {
    const places = [first, second, third].map((back) => values.length - 1 - (back % values.length));
    for (let k = 0, step: Step | undefined; k < operations.length && step === undefined; k++) {
      step = stepOf(operations[(operation + k) % operations.length]!, places, values, choice);
      if (step === undefined) continue;
      steps.push(step);
      values.push(step.made);
    }
  }
  return { steps, output: values.findLastIndex((value) => isFloat(value)) };
}

const nameOf = (place: number): string => Object.keys(leaves)[place] ?? `s${place - leafValues.length}`;

/** One line for each step. */
export function printPlan({ steps, output }: Plan): string {
  const lines = steps.map(({ name, operands, made }, i) =>
    `${nameOf(leafValues.length + i)} = ${name} ${operands.map(nameOf).join(' ')}${made.note ? ` (${made.note})` : ''}: ${made.dtype}[${made.shape.join()}]`);
  return [...lines, `output ${nameOf(output)}`].join('\n');
}

function valueOf({ steps, output }: Plan, tensors: NamedTensors): tf.Tensor {
  const values = Object.keys(leaves).map((name) => tensors[name]!);
  for (const { operands, made } of steps) values.push(made.run(...operands.map((place) => values[place]!)));
  return values[output]!;
}

/** The output, and the derivatives of a weighted sum of it by all float operands, laid end to end. */
function outputsOf(plan: Plan, tensors: NamedTensors): NamedTensors {
  const wrt = Object.keys(leaves).filter((name) => leaves[name]!.dtype === 'float32');
  const loss = (...values: tf.Tensor[]): tf.Tensor => {
    const y = valueOf(plan, { ...tensors, ...Object.fromEntries(wrt.map((name, i) => [name, values[i]!])) });
    const weights = tf.tensor(Float32Array.from({ length: y.size }, (_, i) => 0.3 + ((i * 7) % 13) / 13), y.shape);
    const reached = values.reduce<tf.Tensor>((sum, value) => tf.add(sum, tf.sum(value)), tf.scalar(0)); // so that every operand has a derivative
    return tf.add(tf.mean(tf.mul(y, weights)), tf.mul(reached, 0.1));
  };
  const gradients = tf.grads(loss)(wrt.map((name) => tensors[name]!));
  return { value: valueOf(plan, tensors), gradient: tf.concat(gradients.map((gradient) => tf.reshape(gradient, [gradient.size]))) };
}

/** All plans as one program, so that they share one session: outputs `value 0`, `gradient 0`, ... */
export const programOf = (plans: readonly Plan[]): Program => ({
  name: 'random-programs',
  apply: (_, tensors) => ({
    outputs: Object.fromEntries(plans.flatMap((plan, i) => Object.entries(outputsOf(plan, tensors)).map(([name, tensor]) => [`${name} ${i}`, tensor]))),
  }),
});

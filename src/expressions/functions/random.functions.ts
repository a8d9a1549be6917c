import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../check/call.js';
import type { Draw, Term } from '../check/term.js';
import { describeValue, type Value } from '../check/value.js';
import { shapeOrExpected } from './creation.functions.js';
import { optional, type FunctionDefinition } from './definition.js';

const shape = optional('shape', 'list of lengths', 'one number, or the declared shape');
const stream = optional('stream', 'name of a stream', 'none');
const seed = optional('seed', 'whole number', 'none');

/** Numbers from the one source that the call names. */
function drawn(call: Call, distribution: Draw['distribution']): Term {
  const wanted = shapeOrExpected(call);
  if (call.has('stream') === call.has('seed')) call.fail('argument', 'a call needs one source of random numbers', 'stream: name, which goes on in every call, or seed: 1, which gives the same numbers again');
  if (call.has('seed')) {
    const value = call.integer('seed');
    if (value < 0) call.fail('argument', `the seed is ${value}`, `0 to ${Number.MAX_SAFE_INTEGER}`, call.place('seed'));
    return call.context.draw(distribution, wanted, { seed: value }, call.at);
  }
  const value = call.value('stream');
  if (value.kind !== 'stream') return call.fail('argument', `stream is ${describeValue(value)}`, 'a name that a statement such as stream noise(seed: 1) declares', call.place('stream'));
  return call.context.draw(distribution, wanted, { stream: value.name }, call.at);
}

/** offset + scale * draw */
function scaled(call: Call, numbers: Term, offset: number, scale: number): Value {
  return call.operation([numbers], numbers.type, ([value]) => tf.add(tf.mul(value!, scale), offset), true);
}

export const randomFunctions: readonly FunctionDefinition[] = [
  {
    name: 'uniform', doc: 'random numbers from low up to, not including, high', example: ['uniform([2], seed: 1) < 1', '[true, true]'], gradient: false,
    parameters: [shape, optional('low', 'number in the source', '0'), optional('high', 'number in the source', '1'), stream, seed],
    apply: (call) => {
      const [low, high] = [call.real('low', 0), call.real('high', 1)];
      if (low >= high) call.fail('argument', `low is ${low} and high is ${high}`, 'low below high');
      return scaled(call, drawn(call, 'uniform'), low, high - low);
    },
  },
  {
    name: 'normal', doc: 'random numbers of a normal distribution', example: ['isFinite(normal([2], seed: 1))', '[true, true]'], gradient: false,
    parameters: [shape, optional('mean', 'number in the source', '0'), optional('deviation', 'number in the source', '1'), stream, seed],
    apply: (call) => scaled(call, drawn(call, 'normal'), call.real('mean', 0), call.real('deviation', 1)),
  },
  {
    name: 'bernoulli', doc: 'true with probability p', example: ['bernoulli([2], p: 1, seed: 1)', '[true, true]'], gradient: false,
    parameters: [shape, optional('p', 'number in the source', '0.5'), stream, seed],
    apply: (call) => {
      const p = call.real('p', 0.5);
      if (p < 0 || p > 1) call.fail('argument', `p is ${p}`, '0 to 1', call.place('p'));
      const numbers = drawn(call, 'uniform');
      return call.operation([numbers], { dtype: 'bool', shape: numbers.type.shape }, ([value]) => tf.less(value!, p), false);
    },
  },
];

import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../compiler/tensors.js';
import type { Call } from '../check/call.js';
import type { Value } from '../check/value.js';
import { Dimension } from '../types/dimension.js';
import type { SymbolicShape } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';

const shape = optional('shape', 'list of lengths', 'one number, or the declared shape');
const dtype: DType = 'float32';

/** The shape argument; without one, the shape of the shared variable whose initial value this is. */
export const shapeOrExpected = (call: Call): SymbolicShape => (call.has('shape') ? call.shape('shape') : (call.context.expected?.shape ?? []));

const filled = (name: string, value: number, doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: false, parameters: [shape],
  apply: (call) => {
    const wanted = shapeOrExpected(call);
    return call.operation([], { dtype, shape: wanted }, (_, lengths) => tf.fill(wanted.map((length) => length.evaluate(lengths)), value, dtype), false);
  },
});

/** 0, 1, ..., count - 1 as int32. */
function range(call: Call): Value {
  const count = call.length('count');
  call.require({ length: count, message: `range: the count ${count.key} is less than 1`, at: call.place('count') });
  return call.operation([], { dtype: 'int32', shape: [count] }, (_, lengths) => tf.range(0, count.evaluate(lengths), 1, 'int32'), false);
}

function linspace(call: Call): Value {
  const [start, stop, count] = [call.real('start'), call.real('stop'), call.integer('count')];
  if (count < 1) call.fail('argument', `the count is ${count}`, 'at least 1', call.place('count'));
  return call.operation([], { dtype, shape: [Dimension.fixed(count)] }, () => tf.linspace(start, stop, count), false);
}

/** Ones where row and column are equal. */
function eye(call: Call): Value {
  const count = call.length('count');
  call.require({ length: count, message: `eye: the count ${count.key} is less than 1`, at: call.place('count') });
  return call.operation([], { dtype, shape: [count, count] }, (_, lengths) => {
    const size = count.evaluate(lengths);
    return tf.oneHot(tf.range(0, size, 1, 'int32'), size, 1, 0, 'float32');
  }, false);
}

function length(call: Call): Value {
  const { shape: of } = call.tensor('x').type;
  return { kind: 'whole', number: of[call.axis('axis', of.length, 0)]!, at: call.at };
}

export const creationFunctions: readonly FunctionDefinition[] = [
  filled('zeros', 0, 'float32 zeros', ['zeros([2])', '[0, 0]']),
  filled('ones', 1, 'float32 ones', ['ones([2])', '[1, 1]']),
  {
    name: 'zerosLike', doc: 'zeros of the shape and dtype of x', example: ['zerosLike([3, 4])', '[0, 0]'], gradient: false, parameters: [required('x', 'any')],
    apply: (call) => {
      const x = call.tensor('x');
      return call.operation([x], x.type, ([value]) => tf.zerosLike(value!), false);
    },
  },
  { name: 'range', doc: '0, 1, ... up to count - 1, as int32', example: ['range(3)', '[0, 1, 2]'], gradient: false, parameters: [required('count', 'length')], apply: range },
  { name: 'linspace', doc: 'count numbers from start to stop, equally far apart', example: ['linspace(0, 1, 3)', '[0, 0.5, 1]'], gradient: false, parameters: [required('start', 'number in the source'), required('stop', 'number in the source'), required('count', 'whole number')], apply: linspace },
  { name: 'eye', doc: 'the unit matrix', example: ['eye(2)', '[[1, 0], [0, 1]]'], gradient: false, parameters: [required('count', 'length')], apply: eye },
  { name: 'length', doc: 'how long an axis of x is: a whole number that is known before the call', example: ['length([[1, 2, 3]], 1)', '3'], gradient: false, parameters: [required('x', 'any'), optional('axis', 'whole number', '0')], apply: length },
  {
    name: 'stopGradient', doc: 'x, through which no gradient flows', example: ['stopGradient([1, 2])', '[1, 2]'], gradient: false, parameters: [required('x', 'any')],
    apply: (call) => {
      const x = call.tensor('x');
      return call.operation([x], x.type, ([value]) => tf.clone(value!), false);
    },
  },
];

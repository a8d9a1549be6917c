import * as tf from '@tensorflow/tfjs-core';
import { cast, dtypeOf, toTerm } from '../check/conversion.js';
import { elementwise } from '../check/operators.js';
import type { Call } from '../check/call.js';
import type { Term } from '../check/term.js';
import { tensorValue, type Value } from '../check/value.js';
import { broadcastShapes, promoted, showType } from '../types/tensor-type.js';
import { required, type FunctionDefinition } from './definition.js';

/** Two arguments of one dtype: float32 if either is. */
function pair(call: Call, first: string, second: string): readonly [Term, Term] {
  const [a, b] = [dtypeOf(call.value(first)), dtypeOf(call.value(second))];
  const dtype = a === undefined || b === undefined ? 'float32' : promoted(a, b);
  const wanted = dtype === 'bool' ? undefined : dtype;
  const terms = [first, second].map((name) => toTerm(call.factory, call.value(name), call.place(name), wanted)) as [Term, Term];
  if (terms[0].type.dtype !== terms[1].type.dtype) {
    call.fail('type', `${first} is ${showType(terms[0].type)} and ${second} is ${showType(terms[1].type)}`, 'two numbers, or two bool');
  }
  return terms;
}

const extremum = (name: 'maximum' | 'minimum', doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: true, parameters: [required('a', 'number'), required('b', 'number')],
  apply: (call) => {
    const operands = pair(call, 'a', 'b');
    if (operands[0].type.dtype === 'bool') call.fail('type', `the operands are ${showType(operands[0].type)} and ${showType(operands[1].type)}`, 'numbers');
    return tensorValue(elementwise(call.factory, name, operands, undefined, ([a, b]) => tf[name](a!, b!), call.at));
  },
});

function where(call: Call): Value {
  const condition = call.truth('condition');
  const [a, b] = pair(call, 'a', 'b');
  const branches = broadcastShapes(a.type.shape, b.type.shape);
  const shape = branches && broadcastShapes(condition.type.shape, branches);
  if (shape === undefined) {
    return call.fail('shape', `the shapes of ${showType(condition.type)}, ${showType(a.type)} and ${showType(b.type)} do not fit together`, 'lengths that are equal, or 1, counted from the last axis');
  }
  const emit = ([c, t, e]: readonly tf.Tensor[]): tf.Tensor => {
    const full = tf.broadcast_util.assertAndGetBroadcastShape(c!.shape, tf.broadcast_util.assertAndGetBroadcastShape(t!.shape, e!.shape));
    return tf.where(tf.broadcastTo(c!, full), tf.broadcastTo(t!, full), tf.broadcastTo(e!, full));
  };
  return call.operation([condition, a, b], { dtype: a.type.dtype, shape }, emit, a.type.dtype === 'float32');
}

const conversion = (dtype: 'float32' | 'int32' | 'bool', doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name: dtype, doc, example, gradient: false, parameters: [required('x', 'any')],
  apply: (call) => tensorValue(cast(call.factory, dtype === 'bool' ? call.tensor('x') : toTerm(call.factory, call.value('x'), call.place('x'), dtype), dtype, call.at)),
});

export const selectionFunctions: readonly FunctionDefinition[] = [
  {
    name: 'where', doc: 'a where the condition holds, b elsewhere; both are computed', example: ['where([1, 5] > 2, 10, 20)', '[20, 10]'], gradient: true,
    parameters: [required('condition', 'bool'), required('a', 'any'), required('b', 'any')], apply: where,
  },
  {
    name: 'clip', doc: 'x between low and high, which are numbers in the source', example: ['clip([-2, 0.5, 3], 0, 1)', '[0, 0.5, 1]'], gradient: true,
    parameters: [required('x', 'float32'), required('low', 'number in the source'), required('high', 'number in the source')],
    apply: (call) => {
      const x = call.float('x');
      const [low, high] = [call.real('low'), call.real('high')];
      if (low > high) call.fail('argument', `low is ${low} and high is ${high}`, 'low up to high');
      return call.operation([x], x.type, ([value]) => tf.clipByValue(value!, low, high), true);
    },
  },
  extremum('maximum', 'the larger of two, element by element', ['maximum([1, 5], 3)', '[3, 5]']),
  extremum('minimum', 'the smaller of two, element by element', ['minimum([1, 5], 3)', '[1, 3]']),
  conversion('float32', 'x as float32; true is 1', ['float32([true, false])', '[1, 0]']),
  conversion('int32', 'x as int32, towards 0; true is 1', ['int32([1.7, -1.7])', '[1, -1]']),
  conversion('bool', 'whether x is not 0', ['bool([0, 2])', '[false, true]']),
];

import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../check/call.js';
import { gather } from '../check/indexing.js';
import { tensorValue, type Value } from '../check/value.js';
import { Dimension } from '../types/dimension.js';
import { showType } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';

function segmentSum(call: Call): Value {
  const [x, segments] = [call.float('x'), call.int('segments')];
  const count = call.integer('count');
  const [rows, ...rest] = x.type.shape;
  if (segments.type.shape.length !== 1 || rows === undefined || !rows.equals(segments.type.shape[0]!)) {
    call.fail('shape', `${showType(segments.type)} numbers the rows of ${showType(x.type)}`, 'one number for each row', call.place('segments'));
  }
  if (count < 1) call.fail('argument', `the count is ${count}`, 'at least 1', call.place('count'));
  const emit = ([value, ids]: readonly tf.Tensor[]): tf.Tensor => tf.unsortedSegmentSum(value!, tf.clipByValue(ids!, 0, count - 1) as tf.Tensor1D, count);
  return call.operation([x, segments], { dtype: 'float32', shape: [Dimension.fixed(count), ...rest] }, emit, true);
}

function oneHot(call: Call): Value {
  const places = call.int('places');
  const depth = call.integer('depth');
  if (depth < 1) call.fail('argument', `the depth is ${depth}`, 'at least 1', call.place('depth'));
  const type = { dtype: 'float32' as const, shape: [...places.type.shape, Dimension.fixed(depth)] };
  return call.operation([places], type, ([value]) => tf.oneHot(value!, depth, 1, 0, 'float32'), false);
}

export const lookupFunctions: readonly FunctionDefinition[] = [
  {
    name: 'gather', doc: 'elements along an axis at given places; places outside are moved to the nearest end', example: ['gather([10, 20, 30], [2, 0])', '[30, 10]'], gradient: true,
    parameters: [required('x', 'any'), required('places', 'int32'), optional('axis', 'whole number', '0')],
    apply: (call) => {
      const x = call.tensor('x');
      return tensorValue(gather(call.factory, x, call.int('places'), call.axis('axis', x.type.shape.length, 0), call.at));
    },
  },
  { name: 'oneHot', doc: '1 at the given place of a new last axis, 0 elsewhere; all 0 for places outside', example: ['oneHot([1, 0], 2)', '[[0, 1], [1, 0]]'], gradient: false, parameters: [required('places', 'int32'), required('depth', 'whole number')], apply: oneHot },
  { name: 'segmentSum', doc: 'sums of the rows with equal segment number, 0 to count - 1', example: ['segmentSum([1, 2, 3], [0, 1, 0], 2)', '[4, 2]'], gradient: true, parameters: [required('x', 'float32'), required('segments', 'int32'), required('count', 'whole number')], apply: segmentSum },
];

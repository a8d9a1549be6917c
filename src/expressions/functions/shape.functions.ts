import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../check/call.js';
import { toTerm } from '../check/conversion.js';
import type { Term } from '../check/term.js';
import type { Value } from '../check/value.js';
import { Dimension } from '../types/dimension.js';
import { broadcastsTo, ONE, sameShape, showShape, showType, sizeOf, type SymbolicShape } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';

const x = required('x', 'any');
const isFloat = ({ type }: Term): boolean => type.dtype === 'float32';

/** `x` in another shape or order, same dtype. */
const rearranged = (call: Call, x: Term, shape: SymbolicShape, f: (x: tf.Tensor) => tf.Tensor): Value =>
  call.operation([x], { dtype: x.type.dtype, shape }, ([value]) => f(value!), isFloat(x));

/** A shape in which one length may be -1: what is left of `size`. */
function inferred(call: Call, size: Dimension): Dimension[] {
  const given = call.items('shape').map((item) => (item.kind === 'whole' ? item.number : call.fail('argument', 'a length is no whole number', 'whole numbers, dimensions, and one -1 for what is left', call.place('shape'))));
  const open = given.findIndex((length) => length.value === -1);
  if (open < 0) return call.shape('shape');
  const known = given.reduce((product, length, i) => (i === open ? product : product.times(length)), ONE);
  const rest = size.over(known);
  if (rest === undefined || given.some((length, i) => i !== open && (length.value ?? 1) < 1)) {
    return call.fail('shape', `${size.key} elements do not divide into ${showShape(given)}`, 'one -1, and other lengths that divide the number of elements', call.place('shape'));
  }
  return given.map((length, i) => (i === open ? rest : length));
}

function reshape(call: Call): Value {
  const operand = call.tensor('x');
  const size = sizeOf(operand.type.shape);
  const shape = inferred(call, size);
  if (!sizeOf(shape).equals(size)) call.fail('shape', `${showType(operand.type)} does not have as many elements as ${showShape(shape)}`, `a shape of ${size.key} elements`, call.place('shape'));
  return call.operation([operand], { dtype: operand.type.dtype, shape }, ([value], lengths) => tf.reshape(value!, shape.map((length) => length.evaluate(lengths))), isFloat(operand));
}

function transpose(call: Call): Value {
  const operand = call.tensor('x');
  const rank = operand.type.shape.length;
  const permutation = call.has('axes') ? call.integers('axes') : Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== rank) {
    call.fail('argument', `[${permutation.join(', ')}] does not name each axis of ${showType(operand.type)} once`, `a permutation of 0 to ${rank - 1}`, call.place('axes'));
  }
  return rearranged(call, operand, permutation.map((axis) => operand.type.shape[axis]!), (value) => tf.transpose(value, permutation));
}

function expandDims(call: Call): Value {
  const operand = call.tensor('x');
  const { shape } = operand.type;
  const axis = call.axis('axis', shape.length + 1, 0);
  return rearranged(call, operand, [...shape.slice(0, axis), ONE, ...shape.slice(axis)], (value) => tf.expandDims(value, axis));
}

function squeeze(call: Call): Value {
  const operand = call.tensor('x');
  const { shape } = operand.type;
  const axes = call.has('axis') ? call.axes('axis', shape.length) : shape.flatMap((length, i) => (length.value === 1 ? [i] : []));
  const wrong = axes.find((axis) => shape[axis]!.value !== 1);
  if (wrong !== undefined) call.fail('shape', `axis ${wrong} of ${showType(operand.type)} has length ${shape[wrong]!.key}`, 'an axis of length 1', call.place('axis'));
  return rearranged(call, operand, shape.filter((_, i) => !axes.includes(i)), (value) => (axes.length === 0 ? tf.clone(value) : tf.squeeze(value, axes)));
}

/** Tensors of one list, of one dtype. */
function parts(call: Call): Term[] {
  const items = call.items('parts');
  if (items.length === 0) call.fail('argument', 'the list is empty', 'at least one tensor', call.place('parts'));
  const terms = items.map((item) => toTerm(call.factory, item, call.place('parts')));
  const dtype = terms.some(isFloat) ? 'float32' : undefined;
  const same = dtype === undefined ? terms : items.map((item) => toTerm(call.factory, item, call.place('parts'), dtype));
  const other = same.find(({ type }) => type.dtype !== same[0]!.type.dtype);
  if (other !== undefined) call.fail('type', `the list holds ${showType(same[0]!.type)} and ${showType(other.type)}`, 'equal dtypes', call.place('parts'));
  return same;
}

function concat(call: Call): Value {
  const terms = parts(call);
  const { dtype, shape } = terms[0]!.type;
  const axis = call.axis('axis', shape.length, 0);
  const rest = (each: SymbolicShape): SymbolicShape => each.filter((_, i) => i !== axis);
  const other = terms.find(({ type }) => type.shape.length !== shape.length || !sameShape(rest(type.shape), rest(shape)));
  if (other !== undefined) call.fail('shape', `${showType(terms[0]!.type)} and ${showType(other.type)} do not join along axis ${axis}`, 'equal lengths along the other axes', call.place('parts'));
  const length = terms.map(({ type }) => type.shape[axis]!).reduce((a, b) => a.plus(b));
  return call.operation(terms, { dtype, shape: shape.map((each, i) => (i === axis ? length : each)) }, (tensors) => tf.concat([...tensors], axis), dtype === 'float32');
}

function stack(call: Call): Value {
  const terms = parts(call);
  const { dtype, shape } = terms[0]!.type;
  const other = terms.find(({ type }) => !sameShape(type.shape, shape));
  if (other !== undefined) call.fail('shape', `${showType(terms[0]!.type)} and ${showType(other.type)} do not stack`, 'equal shapes', call.place('parts'));
  const axis = call.axis('axis', shape.length + 1, 0);
  const type = { dtype, shape: [...shape.slice(0, axis), Dimension.fixed(terms.length), ...shape.slice(axis)] };
  return call.operation(terms, type, (tensors) => tf.stack([...tensors], axis), dtype === 'float32');
}

function broadcastTo(call: Call): Value {
  const operand = call.tensor('x');
  const shape = call.shape('shape');
  if (!broadcastsTo(operand.type.shape, shape)) call.fail('shape', `${showType(operand.type)} does not broadcast to ${showShape(shape)}`, 'lengths that are equal, or 1 in x', call.place('shape'));
  return call.operation([operand], { dtype: operand.type.dtype, shape }, ([value], lengths) => tf.broadcastTo(value!, shape.map((length) => length.evaluate(lengths))), isFloat(operand));
}

function tile(call: Call): Value {
  const operand = call.tensor('x');
  const repeats = call.integers('repeats');
  if (repeats.length !== operand.type.shape.length || repeats.some((count) => count < 1)) {
    call.fail('argument', `repeats [${repeats.join(', ')}] for ${showType(operand.type)}`, 'one whole number of at least 1 for each axis', call.place('repeats'));
  }
  return rearranged(call, operand, operand.type.shape.map((length, i) => length.times(Dimension.fixed(repeats[i]!))), (value) => tf.tile(value, repeats));
}

function pad(call: Call): Value {
  const operand = call.number('x');
  const { shape } = operand.type;
  const widths = call.items('widths').map((item) => (item.kind === 'list' ? item.items.map((each) => (each.kind === 'whole' ? each.number.value ?? -1 : -1)) : []));
  if (widths.length !== shape.length || widths.some((pair) => pair.length !== 2 || pair.some((count) => count < 0))) {
    call.fail('argument', `the widths do not fit ${showType(operand.type)}`, 'a list [before, after] of whole numbers for each axis', call.place('widths'));
  }
  const value = call.real('value', 0);
  const padded = shape.map((length, i) => length.plus(Dimension.fixed(widths[i]![0]! + widths[i]![1]!)));
  return rearranged(call, operand, padded, (tensor) => tf.pad(tensor, widths as [number, number][], value));
}

export const shapeFunctions: readonly FunctionDefinition[] = [
  { name: 'reshape', doc: 'the same elements in another shape; one length may be -1', example: ['reshape([1, 2, 3, 4], [2, -1])', '[[1, 2], [3, 4]]'], gradient: true, parameters: [x, required('shape', 'list of lengths')], apply: reshape },
  { name: 'transpose', doc: 'axes in another order; reversed where none is given', example: ['transpose([[1, 2], [3, 4]])', '[[1, 3], [2, 4]]'], gradient: true, parameters: [x, optional('axes', 'list of whole numbers', 'reversed')], apply: transpose },
  { name: 'expandDims', doc: 'one more axis, of length 1', example: ['expandDims([1, 2], 1)', '[[1], [2]]'], gradient: true, parameters: [x, optional('axis', 'whole number', '0')], apply: expandDims },
  { name: 'squeeze', doc: 'without axes of length 1: those named, or all', example: ['squeeze([[1], [2]])', '[1, 2]'], gradient: true, parameters: [x, optional('axis', 'whole number or list', 'all of length 1')], apply: squeeze },
  { name: 'concat', doc: 'tensors one after another along an axis', example: ['concat([[1, 2], [3]])', '[1, 2, 3]'], gradient: true, parameters: [required('parts', 'list'), optional('axis', 'whole number', '0')], apply: concat },
  { name: 'stack', doc: 'tensors of equal shape along a new axis', example: ['stack([[1, 2], [3, 4]], axis: 1)', '[[1, 3], [2, 4]]'], gradient: true, parameters: [required('parts', 'list'), optional('axis', 'whole number', '0')], apply: stack },
  { name: 'broadcastTo', doc: 'repeated along axes of length 1 to a shape', example: ['broadcastTo([1, 2], [2, 2])', '[[1, 2], [1, 2]]'], gradient: true, parameters: [x, required('shape', 'list of lengths')], apply: broadcastTo },
  { name: 'tile', doc: 'repeated along each axis', example: ['tile([1, 2], [2])', '[1, 2, 1, 2]'], gradient: true, parameters: [x, required('repeats', 'list of whole numbers')], apply: tile },
  {
    name: 'reverse', doc: 'order reversed along axes', example: ['reverse([1, 2, 3])', '[3, 2, 1]'], gradient: true, parameters: [x, optional('axis', 'whole number or list', 'all')],
    apply: (call) => {
      const operand = call.tensor('x');
      const axes = call.axes('axis', operand.type.shape.length);
      return rearranged(call, operand, operand.type.shape, (value) => (axes.length === 0 ? tf.clone(value) : tf.reverse(value, axes)));
    },
  },
  { name: 'pad', doc: 'a number before and after, for each axis', example: ['pad([1, 2], [[1, 0]])', '[0, 1, 2]'], gradient: true, parameters: [required('x', 'number'), required('widths', 'list of [before, after]'), optional('value', 'number in the source', '0')], apply: pad },
];

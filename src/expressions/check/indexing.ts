import * as tf from '@tensorflow/tfjs-core';
import type { Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { Dimension } from '../types/dimension.js';
import { showType, type SymbolicShape } from '../types/tensor-type.js';
import { toTerm } from './conversion.js';
import type { Emit, Term } from './term.js';
import type { TermFactory } from './term-factory.js';
import { describeValue, tensorValue, type Value } from './value.js';

/** One item of an index, its expressions checked. */
export type IndexValue =
  | { readonly kind: 'at'; readonly value: Value; readonly at: Position }
  | { readonly kind: 'range'; readonly start?: Value; readonly stop?: Value; readonly step?: Value; readonly at: Position }
  | { readonly kind: 'rest'; readonly at: Position };

/** The part of one axis that is read: `count` elements from `begin` on, every `step`-th; negative steps walk down. */
interface AxisPart {
  readonly begin: Dimension;
  readonly step: number;
  readonly count: Dimension;
  /** The axis does not stay. */
  readonly single: boolean;
}

/**
 * `x[i, 1:3, ..., k]`: whole numbers pick an element and drop the axis, ranges keep it, `...` stands for the axes that
 * are not mentioned; an int32 tensor gathers along its axis. Negative positions count from the end. A range stays
 * inside its axis and is never empty.
 */
export function indexed(factory: TermFactory, x: Term, items: readonly IndexValue[], at: Position): Value {
  const full = withRest(x, items, at);
  const gathered = full.findIndex((item) => item.kind === 'at' && item.value.kind !== 'whole');
  const parts = full.map((item, axis) => partOf(factory, x.type.shape[axis]!, axis === gathered ? { kind: 'range', at: item.at } : item));
  const dropped = parts.slice(0, Math.max(0, gathered)).filter(({ single }) => single).length;
  const sliced = slice(factory, x, parts, at);
  if (gathered < 0) return tensorValue(sliced);
  const item = full[gathered] as Extract<IndexValue, { kind: 'at' }>;
  return tensorValue(gather(factory, sliced, toTerm(factory, item.value, item.at), gathered - dropped, item.at));
}

/** One item for each axis. */
function withRest(x: Term, items: readonly IndexValue[], at: Position): IndexValue[] {
  const rank = x.type.shape.length;
  const named = items.filter(({ kind }) => kind !== 'rest').length;
  const rests = items.length - named;
  if (rests > 1) fail('argument', at, "'...' stands twice in an index", 'one ...');
  if (named > rank) fail('shape', at, `${named} indices for ${showType(x.type)}`, `at most ${rank}`);
  const tensors = items.filter((item) => item.kind === 'at' && item.value.kind !== 'whole');
  if (tensors.length > 1) fail('argument', at, 'more than one tensor in an index', 'one tensor; gather twice for more');
  const whole = Array.from({ length: rank - named }, (): IndexValue => ({ kind: 'range', at }));
  return rests === 0 ? [...items, ...whole] : items.flatMap((item) => (item.kind === 'rest' ? whole : [item]));
}

function position(value: Value, at: Position): Dimension {
  if (value.kind === 'whole') return value.number;
  return fail('argument', at, `a bound of a range is ${describeValue(value)}`, 'a whole number, from literals and the names of dimensions');
}

/** A negative position counts from the end. */
const fromStart = (number: Dimension, length: Dimension): Dimension => ((number.value ?? 0) < 0 ? length.plus(number) : number);

function partOf(factory: TermFactory, length: Dimension, item: IndexValue): AxisPart {
  if (item.kind === 'at') {
    const begin = fromStart(position(item.value, item.at), length);
    const message = `position ${(item.value as Extract<Value, { kind: 'whole' }>).number.key} is outside an axis of length ${length.key}`;
    const accepted = length.value === undefined ? `0 to ${length.key} - 1` : `${-length.value} to ${length.value - 1}`;
    factory.require({ length: begin.plus(Dimension.fixed(1)), message, accepted, at: item.at });
    factory.require({ length: length.minus(begin), message, accepted, at: item.at });
    return { begin, step: 1, count: Dimension.fixed(1), single: true };
  }
  return item.kind === 'rest' ? { begin: Dimension.fixed(0), step: 1, count: length, single: false } : rangeOf(factory, length, item);
}

function rangeOf(factory: TermFactory, length: Dimension, item: Extract<IndexValue, { kind: 'range' }>): AxisPart {
  const { at } = item;
  const step = item.step === undefined ? 1 : (position(item.step, at).value ?? 0);
  if (step === 0) fail('argument', at, 'the step of a range is 0 or not known', 'a whole number other than 0, such as -1');
  const given = (value: Value | undefined, otherwise: Dimension): Dimension => (value === undefined ? otherwise : fromStart(position(value, at), length));
  const begin = given(item.start, step > 0 ? Dimension.fixed(0) : length.plus(Dimension.fixed(-1)));
  const end = given(item.stop, step > 0 ? length : Dimension.fixed(-1));
  const count = step > 0 ? end.minus(begin).ceilingOver(step) : begin.minus(end).ceilingOver(-step);
  factory.require({ length: count, message: `the range is empty in an axis of length ${length.key}`, at });
  const [low, high] = step > 0 ? [begin, end] : [end.plus(Dimension.fixed(1)), begin.plus(Dimension.fixed(1))];
  const message = `the range reaches outside an axis of length ${length.key}`;
  factory.require({ length: low.plus(Dimension.fixed(1)), message, at });
  factory.require({ length: length.minus(high).plus(Dimension.fixed(1)), message, at });
  return { begin, step, count, single: false };
}

function slice(factory: TermFactory, x: Term, parts: readonly AxisPart[], at: Position): Term {
  const untouched = parts.every(({ begin, step, count, single }, i) => !single && step === 1 && begin.value === 0 && count.equals(x.type.shape[i]!));
  if (untouched) return x;
  const shape: SymbolicShape = parts.filter(({ single }) => !single).map(({ count }) => count);
  return factory.make({ kind: 'operation', name: 'slice', emit: emitSlice(parts), differentiable: x.type.dtype === 'float32' }, [x], { dtype: x.type.dtype, shape }, at);
}

/** Steps other than 1 gather positions: the strided kernel has no gradient. */
const emitSlice = (parts: readonly AxisPart[]): Emit => ([x], lengths) => {
  const resolved = parts.map(({ begin, count, step, single }) => ({ begin: begin.evaluate(lengths), count: count.evaluate(lengths), step, single }));
  const size = resolved.map(({ count, step }, i) => (step === 1 ? count : x!.shape[i]!));
  let result = tf.slice(x!, resolved.map(({ begin, step }) => (step === 1 ? begin : 0)), size);
  for (const [axis, { begin, count, step }] of resolved.entries()) {
    if (step !== 1) result = tf.gather(result, tf.tensor1d(Int32Array.from({ length: count }, (_, i) => begin + i * step), 'int32'), axis);
  }
  const kept = result.shape.filter((_, i) => !resolved[i]!.single);
  return kept.length === result.rank ? result : tf.reshape(result, kept);
};

/** Elements of `x` along `axis` at `places`, which stand in for the axis; places outside are moved to the nearest end. */
export function gather(factory: TermFactory, x: Term, places: Term, axis: number, at: Position): Term {
  if (places.type.dtype !== 'int32') fail('type', at, `an index is ${showType(places.type)}`, 'int32');
  const { dtype, shape } = x.type;
  const emit: Emit = ([value, index]) => tf.gather(value!, tf.clipByValue(index!, 0, value!.shape[axis]! - 1), axis);
  const type = { dtype, shape: [...shape.slice(0, axis), ...places.type.shape, ...shape.slice(axis + 1)] };
  return factory.make({ kind: 'operation', name: 'gather', emit, differentiable: dtype === 'float32' }, [x, places], type, at);
}

import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../compiler/tensors.js';
import type { Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { Dimension } from '../types/dimension.js';
import { promoted, sameShape, scalarType, showShape } from '../types/tensor-type.js';
import type { Term } from './term.js';
import type { TermFactory } from './term-factory.js';
import { describeValue, type Value } from './value.js';

const MOST_INT32 = 2 ** 31 - 1;

/** A whole number as a tensor without axes. */
function wholeTerm(factory: TermFactory, number: Dimension, dtype: 'float32' | 'int32', at: Position): Term {
  const { value } = number;
  if (dtype === 'int32' && value !== undefined && (value > MOST_INT32 || value < -MOST_INT32 - 1)) {
    fail('type', at, `${value} is outside of int32`, `-2147483648 to 2147483647, or a float32 such as ${value}.0`);
  }
  const name = value === undefined ? number.key : String(value);
  return constant(factory, name, dtype, at, (lengths) => number.evaluate(lengths));
}

const constant = (factory: TermFactory, name: string, dtype: DType, at: Position, number: (lengths: Parameters<Dimension['evaluate']>[0]) => number): Term =>
  factory.make({ kind: 'operation', name, emit: (_, lengths) => tf.scalar(number(lengths), dtype), differentiable: false }, [], scalarType(dtype), at);

/** `term` with another dtype; an int32 or bool does not carry gradients. */
export function cast(factory: TermFactory, term: Term, dtype: DType, at: Position): Term {
  if (term.type.dtype === dtype) return term;
  return factory.make({ kind: 'operation', name: dtype, emit: ([x]) => tf.cast(x!, dtype), differentiable: false }, [term], { dtype, shape: term.type.shape }, at);
}

/** The dtype that a value has where nothing asks for one. */
export function dtypeOf(value: Value): DType | undefined {
  switch (value.kind) {
    case 'tensor': return value.term.type.dtype;
    case 'whole': return 'int32';
    case 'real': return 'float32';
    case 'list': return value.items.length === 0 ? undefined : value.items.map(dtypeOf).reduce((a, b) => (a === undefined || b === undefined ? undefined : promoted(a, b)), dtypeOf(value.items[0]!));
    case 'stream': case 'lambda': return undefined;
  }
}

/**
 * A value as one tensor: numbers become tensors without axes, lists are stacked along a new first axis.
 * @param dtype the dtype to convert numbers and int32 tensors to, where one is asked for.
 */
export function toTerm(factory: TermFactory, value: Value, at: Position, dtype?: 'float32' | 'int32'): Term {
  switch (value.kind) {
    case 'tensor': return dtype === 'float32' && value.term.type.dtype === 'int32' ? cast(factory, value.term, dtype, at) : value.term;
    case 'whole': return factory.lift(value, dtype ?? 'int32', () => wholeTerm(factory, value.number, dtype ?? 'int32', value.at));
    case 'real': return factory.lift(value, 'float32', () => constant(factory, String(value.number), 'float32', value.at, () => value.number));
    case 'list': {
      const own = dtypeOf(value);
      const wanted = own === 'float32' || own === 'bool' ? own : (dtype ?? own);
      return factory.lift(value, wanted ?? 'unknown', () => stacked(factory, value.items, value.at, wanted === 'bool' ? undefined : wanted));
    }
    case 'stream': case 'lambda': return fail('type', at, `${describeValue(value)} is no tensor`, 'a number, a tensor or a list of them');
  }
}

/** The numbers of nested lists, where there is nothing else in them. */
function literals(items: readonly Value[]): { numbers: number[]; shape: number[]; whole: boolean } | undefined {
  const parts = items.map((item) => {
    if (item.kind === 'whole' && item.number.value !== undefined) return { numbers: [item.number.value], shape: [], whole: true };
    if (item.kind === 'real') return { numbers: [item.number], shape: [], whole: false };
    return item.kind === 'list' ? literals(item.items) : undefined;
  });
  const [first] = parts;
  if (!parts.every((part) => part !== undefined) || !parts.every((part) => part.shape.join() === first!.shape.join())) return undefined;
  const known = parts;
  return { numbers: known.flatMap(({ numbers }) => numbers), shape: [items.length, ...(first?.shape ?? [])], whole: known.every(({ whole }) => whole) };
}

function stacked(factory: TermFactory, items: readonly Value[], at: Position, dtype?: 'float32' | 'int32'): Term {
  if (items.length === 0) fail('shape', at, 'an empty list is no tensor', 'a list of at least one number or tensor');
  const fixed = literals(items);
  if (fixed !== undefined && dtype !== undefined && (dtype === 'float32' || fixed.whole)) return table(factory, fixed, dtype, at);
  const terms = items.map((item) => toTerm(factory, item, at, dtype));
  const [first] = terms as [Term];
  for (const { type } of terms) {
    if (!sameShape(type.shape, first.type.shape)) fail('shape', at, `the list holds shapes ${showShape(first.type.shape)} and ${showShape(type.shape)}`, 'elements of equal shape');
    if (type.dtype !== first.type.dtype) fail('type', at, `the list holds ${first.type.dtype} and ${type.dtype}`, 'elements of equal dtype');
  }
  const type = { dtype: first.type.dtype, shape: [Dimension.fixed(terms.length), ...first.type.shape] };
  return factory.make({ kind: 'operation', name: 'stack', emit: (tensors) => tf.stack([...tensors]), differentiable: true }, terms, type, at);
}

/** Numbers of the source as one tensor. */
function table(factory: TermFactory, { numbers, shape }: { numbers: number[]; shape: number[] }, dtype: 'float32' | 'int32', at: Position): Term {
  const outside = dtype === 'int32' ? numbers.find((each) => each > MOST_INT32 || each < -MOST_INT32 - 1) : undefined;
  if (outside !== undefined) fail('type', at, `${outside} is outside of int32`, '-2147483648 to 2147483647');
  const type = { dtype, shape: shape.map((length) => Dimension.fixed(length)) };
  return factory.make({ kind: 'operation', name: 'list', emit: () => tf.tensor(numbers, shape, dtype), differentiable: false }, [], type, at);
}

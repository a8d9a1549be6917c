import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../compiler/tensors.js';
import type { Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import type { BinaryOperator, UnaryOperator } from '../syntax/ast.js';
import { Dimension, DimensionOverflow } from '../types/dimension.js';
import { broadcastShapes, promoted, showType } from '../types/tensor-type.js';
import { cast, dtypeOf, toTerm } from './conversion.js';
import { matrixProduct } from './matrix-product.js';
import type { Emit, Term } from './term.js';
import type { TermFactory } from './term-factory.js';
import { tensorValue, type Value } from './value.js';

type Elementwise = Exclude<BinaryOperator, '@'>;

const emitters: Readonly<Record<Elementwise, Emit>> = {
  '+': ([a, b]) => tf.add(a!, b!), '-': ([a, b]) => tf.sub(a!, b!), '*': ([a, b]) => tf.mul(a!, b!), '/': ([a, b]) => tf.div(a!, b!),
  '//': ([a, b]) => (a!.dtype === 'int32' ? tf.floorDiv(a!, b!) : tf.floor(tf.div(a!, b!))),
  '%': ([a, b]) => tf.mod(a!, b!), '^': ([a, b]) => tf.pow(a!, b!),
  '==': ([a, b]) => tf.equal(a!, b!), '!=': ([a, b]) => tf.notEqual(a!, b!), '<': ([a, b]) => tf.less(a!, b!),
  '<=': ([a, b]) => tf.lessEqual(a!, b!), '>': ([a, b]) => tf.greater(a!, b!), '>=': ([a, b]) => tf.greaterEqual(a!, b!),
  and: ([a, b]) => tf.logicalAnd(a!, b!), or: ([a, b]) => tf.logicalOr(a!, b!),
};

const GROUPS = { logical: ['and', 'or'], equality: ['==', '!='], order: ['<', '<=', '>', '>='], steps: ['//'] } as const;

const isIn = (group: keyof typeof GROUPS, operator: BinaryOperator): boolean => (GROUPS[group] as readonly string[]).includes(operator);

/** `a operator b`, broadcast where it is elementwise. */
export function binary(factory: TermFactory, operator: BinaryOperator, a: Value, b: Value, at: Position): Value {
  const known = onWholes(operator, a, b, at);
  if (known !== undefined) return known;
  if (operator === '@') return tensorValue(matrixProduct(factory, float(factory, a, at, operator), float(factory, b, at, operator), at));
  const operands = matched(factory, operator, a, b, at);
  return tensorValue(elementwise(factory, operator, operands, isComparison(operator) ? 'bool' : undefined, emitters[operator], at));
}

const isComparison = (operator: BinaryOperator): boolean => isIn('equality', operator) || isIn('order', operator);

/** One operation on two terms of equal dtype whose shapes broadcast. */
export function elementwise(factory: TermFactory, name: string, operands: readonly [Term, Term], dtype: DType | undefined, emit: Emit, at: Position): Term {
  const [a, b] = operands;
  const shape = broadcastShapes(a.type.shape, b.type.shape);
  if (shape === undefined) fail('shape', at, `the shapes of ${showType(a.type)} and ${showType(b.type)} do not fit together`, 'lengths that are equal, or 1, counted from the last axis');
  const result = dtype ?? a.type.dtype;
  const differentiable = result === 'float32' && name !== '//';
  return factory.make({ kind: 'operation', name, emit, differentiable }, operands, { dtype: result, shape }, at);
}

/** Both operands as tensors of the one dtype that the operator works on. */
function matched(factory: TermFactory, operator: BinaryOperator, a: Value, b: Value, at: Position): readonly [Term, Term] {
  const [left, right] = [dtypeOf(a), dtypeOf(b)];
  if (isIn('logical', operator) || (isIn('equality', operator) && left === 'bool' && right === 'bool')) {
    return [truth(factory, a, at, operator), truth(factory, b, at, operator)];
  }
  const both = left === undefined || right === undefined ? 'float32' : promoted(left, right);
  const wholePower = operator === '^' && both === 'int32' && b.kind === 'whole' && (b.number.value ?? -1) >= 0;
  const dtype = operator === '/' || (operator === '^' && !wholePower) ? 'float32' : both === 'bool' ? 'int32' : both;
  return [number(factory, a, at, operator, dtype), number(factory, b, at, operator, dtype)];
}

function truth(factory: TermFactory, value: Value, at: Position, operator: string): Term {
  const term = toTerm(factory, value, at);
  if (term.type.dtype !== 'bool') fail('type', at, `'${operator}' works on bool and got ${showType(term.type)}`, 'a comparison, such as x > 0');
  return term;
}

function number(factory: TermFactory, value: Value, at: Position, operator: string, dtype: 'float32' | 'int32'): Term {
  const term = toTerm(factory, value, at, dtype);
  if (term.type.dtype === 'bool') {
    fail('type', at, `'${operator}' works on numbers and got ${showType(term.type)}`, 'float32(x) or int32(x), which make true 1 and false 0');
  }
  return cast(factory, term, dtype, at);
}

const float = (factory: TermFactory, value: Value, at: Position, operator: string): Term => number(factory, value, at, operator, 'float32');

/** Whole numbers that are known stay known, so that they can be lengths and axes. */
function onWholes(operator: BinaryOperator, a: Value, b: Value, at: Position): Value | undefined {
  if (a.kind !== 'whole' || b.kind !== 'whole') return undefined;
  const [left, right] = [a.number.value, b.number.value];
  try {
    if (operator === '+') return { kind: 'whole', number: a.number.plus(b.number), at };
    if (operator === '-') return { kind: 'whole', number: a.number.minus(b.number), at };
    if (operator === '*') return { kind: 'whole', number: a.number.times(b.number), at };
    if (left === undefined || right === undefined) return undefined;
    if (operator === '^' && right >= 0) return { kind: 'whole', number: Dimension.fixed(left ** right), at };
    if ((operator === '//' || operator === '%') && right === 0) fail('argument', at, `'${operator}' by 0`, 'a divisor other than 0');
    if (operator === '//') return { kind: 'whole', number: Dimension.fixed(Math.floor(left / right)), at };
    if (operator === '%') return { kind: 'whole', number: Dimension.fixed(left - right * Math.floor(left / right)), at };
    return undefined;
  } catch (error) {
    if (!(error instanceof DimensionOverflow)) throw error;
    return fail('limit', at, 'a whole number overflows', `whole numbers up to ${Number.MAX_SAFE_INTEGER}`);
  }
}

/** `-a`, `not a`. */
export function unary(factory: TermFactory, operator: UnaryOperator, operand: Value, at: Position): Value {
  if (operator === 'not') {
    const term = truth(factory, operand, at, operator);
    return tensorValue(factory.make({ kind: 'operation', name: 'not', emit: ([x]) => tf.logicalNot(x!), differentiable: false }, [term], term.type, at));
  }
  if (operand.kind === 'whole') return { kind: 'whole', number: operand.number.times(Dimension.fixed(-1)), at };
  if (operand.kind === 'real') return { kind: 'real', number: -operand.number, at };
  const term = number(factory, operand, at, '-', dtypeOf(operand) === 'int32' ? 'int32' : 'float32');
  const differentiable = term.type.dtype === 'float32';
  return tensorValue(factory.make({ kind: 'operation', name: 'neg', emit: ([x]) => tf.neg(x!), differentiable }, [term], term.type, at));
}

import * as tf from '@tensorflow/tfjs-core';
import type { Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { sameShape, showType, type TensorType } from '../types/tensor-type.js';
import { describeTerm, type TermFactory } from './term-factory.js';
import { reachable, type Cotangent, type Term } from './term.js';

/** Whether gradients flow through a term. */
export function carries({ definition, type }: Term): boolean {
  switch (definition.kind) {
    case 'scan': return definition.differentiable;
    case 'operation': return type.dtype === 'float32' && definition.differentiable;
    case 'gradients': case 'part': return type.dtype === 'float32';
    case 'input': case 'shared': case 'draw': case 'parameter': return false;
  }
}

/** How many derivatives of one another are in a term. */
function depthOf({ definition }: Term): number {
  if (definition.kind === 'gradients') return definition.depth;
  return definition.kind === 'scan' ? Math.max(0, ...definition.path.map(depthOf)) : 0;
}

/** Terms that carry gradients from `wrt` to `of`, operands first; none where there is no way. */
function pathBetween(of: Term, wrt: ReadonlySet<Term>): Term[] {
  const order = reachable([of]);
  const forward = new Set<Term>(wrt);
  for (const term of order) {
    if (carries(term) && term.operands.some((operand) => forward.has(operand))) forward.add(term);
  }
  const backward = new Set<Term>([of]);
  for (const term of [...order].reverse()) {
    if (backward.has(term) && forward.has(term) && !wrt.has(term)) for (const operand of term.operands) backward.add(operand);
  }
  return order.filter((term) => forward.has(term) && backward.has(term) && !wrt.has(term));
}

/** Says which operation cuts all ways from `wrt` to `of`, if one does. */
function undefinedGradient(of: Term, wrt: Term, at: Position): never {
  const order = reachable([of]);
  const dependent = new Set<Term>([wrt]);
  for (const term of order) if (term.operands.some((operand) => dependent.has(operand))) dependent.add(term);
  const cut = order.find((term) => dependent.has(term) && term !== wrt && !carries(term));
  if (!dependent.has(of) || cut === undefined) fail('gradient', at, `the value does not depend on what it is derived by`, 'an input, a shared variable or a let that it is made from');
  return fail('gradient', at, `every way to what it is derived by goes through ${describeTerm(cut)}, which has no gradient`, 'operations with a gradient');
}

function check(of: Term, wrt: readonly Term[], cotangent: Cotangent, at: Position): void {
  if (of.type.dtype !== 'float32') fail('gradient', at, `only float32 has a gradient, and this is ${showType(of.type)}`, 'float32');
  if (cotangent.kind === 'one' && of.type.shape.length > 0) {
    fail('gradient', at, `only a value without axes has one gradient, and this is ${showType(of.type)}`, 'sum(...) or mean(...) of it, or jacobian');
  }
  if (cotangent.kind === 'term' && !(sameShape(cotangent.term.type.shape, of.type.shape) && cotangent.term.type.dtype === 'float32')) {
    fail('shape', at, `the vector is ${showType(cotangent.term.type)} and what it multiplies ${showType(of.type)}`, 'equal types');
  }
  for (const each of wrt) {
    if (each.type.dtype !== 'float32') fail('gradient', at, `there is no derivative by ${showType(each.type)}`, 'float32');
  }
}

/**
 * The derivatives of `of` by each of `wrt`, as terms of the shapes of `wrt`, or [...of, ...wrt] for the Jacobian. A
 * value by which is derived counts as a variable of its own: what it was made from is held fixed.
 * @param disconnected what to do where no gradient flows: a derivative of a derivative is 0 there.
 * @throws ProblemFound where a gradient is undefined.
 */
export function gradients(
  factory: TermFactory, of: Term, wrt: readonly Term[], cotangent: Cotangent, at: Position, disconnected: 'refuse' | 'zero' = 'refuse',
): Term[] {
  check(of, wrt, cotangent, at);
  const all = [...new Set(wrt)];
  const loose = all.filter((each) => each !== of && pathBetween(of, new Set([each])).length === 0);
  if (loose.length > 0 && disconnected === 'refuse') undefinedGradient(of, loose[0]!, at);
  const distinct = all.filter((each) => !loose.includes(each));
  const related = distinct.some((each) => reachable([each]).some((term) => term !== each && distinct.includes(term)));
  const groups = related ? distinct.map((each) => [each]) : [distinct];
  const results = new Map(loose.map((each) => [each, zeros(factory, gradientType(of, each, cotangent), at)]));
  for (const group of groups.filter(({ length }) => length > 0)) {
    for (const [i, part] of oneBackwardPass(factory, of, group, cotangent, at).entries()) results.set(group[i]!, part);
  }
  return wrt.map((each) => results.get(each)!);
}

/** A term of its own for `of` where `of` is itself what it is derived by. */
const copied = (factory: TermFactory, of: Term, at: Position): Term =>
  factory.make({ kind: 'operation', name: 'copy', emit: ([x]) => tf.clone(x!), differentiable: true }, [of], of.type, at);

const zeros = (factory: TermFactory, type: TensorType, at: Position): Term =>
  factory.make({ kind: 'operation', name: 'zeros', emit: (_, lengths) => tf.zeros(type.shape.map((length) => length.evaluate(lengths))), differentiable: false }, [], type, at);

function oneBackwardPass(factory: TermFactory, given: Term, wrt: readonly Term[], cotangent: Cotangent, at: Position): Term[] {
  const of = wrt.includes(given) ? copied(factory, given, at) : given;
  const path = pathBetween(of, new Set(wrt));
  const inside = new Set([...path, ...wrt]);
  const read = new Set(path.flatMap(({ operands }) => operands).filter((operand) => !inside.has(operand)));
  const operands = [...read, ...wrt, ...(cotangent.kind === 'term' ? [cotangent.term] : [])];
  const depth = 1 + Math.max(0, ...path.map(depthOf));
  if (depth > factory.limits.derivatives) fail('limit', at, `more than ${factory.limits.derivatives} derivatives of one another`);
  const all = factory.make({ kind: 'gradients', of, wrt, path, cotangent, depth }, operands, of.type, at);
  return wrt.map((each, index) => factory.make({ kind: 'part', index }, [all], gradientType(of, each, cotangent), at));
}

const gradientType = (of: Term, wrt: Term, cotangent: Cotangent): TensorType =>
  ({ dtype: 'float32', shape: cotangent.kind === 'each' ? [...of.type.shape, ...wrt.type.shape] : wrt.type.shape });

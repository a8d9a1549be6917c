import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../check/call.js';
import { toTerm } from '../check/conversion.js';
import { gradients } from '../check/gradients.js';
import type { Cotangent, Emit, Term } from '../check/term.js';
import { isTensorList, tensorValue, type Value } from '../check/value.js';
import { sameShape, scalarType, showType } from '../types/tensor-type.js';
import { required, type FunctionDefinition } from './definition.js';

const f = required('f', 'float32');
const by = required('by', 'float32 or list');

/** Whether `by` is a list of variables. */
const isList = (call: Call): boolean => isTensorList(call.value('by'));

/** The tensors by which is derived. */
const variables = (call: Call): Term[] => (isList(call) ? call.items('by') : [call.value('by')]).map((item) => toTerm(call.factory, item, call.place('by')));

/** One result for one variable, a list for a list. */
function shapedLike(call: Call, results: readonly Term[]): Value {
  if (!isList(call)) return tensorValue(results[0]!);
  return { kind: 'list', items: results.map(tensorValue), at: call.at };
}

const derive = (call: Call, of: Term, wrt: readonly Term[], cotangent: Cotangent): Term[] => gradients(call.factory, of, wrt, cotangent, call.at);

/** One vector for each variable. */
function vectors(call: Call, count: number): Term[] {
  if (!isList(call)) return [call.float('vector')];
  const terms = call.items('vector').map((item) => toTerm(call.factory, item, call.place('vector'), 'float32'));
  return terms.length === count ? terms : call.fail('argument', `${terms.length} vectors for ${count} variables`, 'one vector for each variable', call.place('vector'));
}

/** H v is the gradient of grad f . v, summed over all variables and their vectors. */
function hvp(call: Call): Value {
  const wrt = variables(call);
  const directions = vectors(call, wrt.length);
  const slopes = derive(call, call.float('f'), wrt, { kind: 'one' });
  const products = slopes.map((slope, i) => {
    const direction = directions[i]!;
    if (!sameShape(slope.type.shape, direction.type.shape)) call.fail('shape', `the vector is ${showType(direction.type)} for a variable ${showType(slope.type)}`, 'equal shapes', call.place('vector'));
    return inner(call, slope, direction);
  });
  const total = products.reduce((a, b) => operation(call, '+', [a, b], ([x, y]) => tf.add(x!, y!)));
  return shapedLike(call, gradients(call.factory, total, wrt, { kind: 'one' }, call.at, 'zero'));
}

const operation = (call: Call, name: string, operands: readonly Term[], emit: Emit): Term =>
  call.factory.make({ kind: 'operation', name, emit, differentiable: true }, operands, scalarType('float32'), call.at);

const inner = (call: Call, a: Term, b: Term): Term => operation(call, 'inner', [a, b], ([x, y]) => tf.sum(tf.mul(x!, y!)));

/** J v: the product u^T J is linear in u, so that its derivative by u, times v, is J v. */
function jvp(call: Call): Value {
  const of = call.float('f');
  const start = call.factory.make({ kind: 'operation', name: 'zerosLike', emit: ([x]) => tf.zerosLike(x!), differentiable: false }, [of], of.type, call.at);
  const wrt = call.float('by');
  const [pulled] = derive(call, of, [wrt], { kind: 'term', term: start });
  return tensorValue(derive(call, pulled!, [start], { kind: 'term', term: call.float('vector') })[0]!);
}

export const derivativeFunctions: readonly FunctionDefinition[] = [
  {
    name: 'grad', doc: 'derivatives of one number by tensors, of their shapes; a list for a list', example: ['{\n  let x = [1.0, 3.0]\n  grad(sum(x ^ 2), x)\n}', '[2, 6]'], gradient: true, parameters: [f, by],
    apply: (call) => shapedLike(call, derive(call, call.float('f'), variables(call), { kind: 'one' })),
  },
  {
    name: 'jacobian', doc: 'derivatives of every element of f, shape [...f, ...by]', example: ['{\n  let x = [1.0, 3.0]\n  jacobian(x ^ 2, x)\n}', '[[2, 0], [0, 6]]'], gradient: true, parameters: [f, by],
    apply: (call) => shapedLike(call, derive(call, call.float('f'), variables(call), { kind: 'each' })),
  },
  {
    name: 'hessian', doc: 'second derivatives of one number, shape [...by, ...by]', example: ['{\n  let x = [1.0, 3.0]\n  hessian(sum(x ^ 3), x)\n}', '[[6, 0], [0, 18]]'], gradient: true, parameters: [f, required('by', 'float32')],
    apply: (call) => {
      const wrt = [call.float('by')];
      const [slope] = derive(call, call.float('f'), wrt, { kind: 'one' });
      return tensorValue(gradients(call.factory, slope!, wrt, { kind: 'each' }, call.at, 'zero')[0]!);
    },
  },
  {
    name: 'hvp', doc: 'the Hessian of one number times a vector, without the Hessian', example: ['{\n  let x = [1.0, 3.0]\n  hvp(sum(x ^ 3), x, [1, 2])\n}', '[6, 36]'], gradient: true, parameters: [f, by, required('vector', 'float32 or list')],
    apply: hvp,
  },
  {
    name: 'vjp', doc: 'a vector of the shape of f times the Jacobian', example: ['{\n  let x = [1.0, 3.0]\n  vjp(x ^ 2, x, [1, 10])\n}', '[2, 60]'], gradient: true, parameters: [f, by, required('vector', 'float32')],
    apply: (call) => shapedLike(call, derive(call, call.float('f'), variables(call), { kind: 'term', term: call.float('vector') })),
  },
  {
    name: 'jvp', doc: 'the Jacobian times a vector of the shape of by', example: ['{\n  let x = [1.0, 3.0]\n  jvp(x ^ 2, x, [1, 1])\n}', '[2, 6]'], gradient: true, parameters: [f, required('by', 'float32'), required('vector', 'float32')],
    apply: jvp,
  },
];

import * as tf from '@tensorflow/tfjs-core';
import type { Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { broadcastShapes, showType } from '../types/tensor-type.js';
import type { Emit, Term } from './term.js';
import type { TermFactory } from './term-factory.js';

/** A vector is a row on the left and a column on the right; its axis of length 1 does not stay. */
const emit: Emit = ([a, b]) => {
  const left = a!.rank === 1 ? tf.expandDims(a!, 0) : a!;
  const right = b!.rank === 1 ? tf.expandDims(b!, 1) : b!;
  const product = tf.matMul(left, right);
  const shape = product.shape.filter((_, i) => !(a!.rank === 1 && i === product.rank - 2) && !(b!.rank === 1 && i === product.rank - 1));
  return shape.length === product.rank ? product : tf.reshape(product, shape);
};

/**
 * `a @ b`, both float32: [..., m, k] and [..., k, n] give [..., m, n]; leading axes broadcast. A vector [k] on either side
 * takes part without the axis that it lacks.
 */
export function matrixProduct(factory: TermFactory, a: Term, b: Term, at: Position): Term {
  const [left, right] = [a.type.shape, b.type.shape];
  const both = `${showType(a.type)} @ ${showType(b.type)}`;
  if (left.length === 0 || right.length === 0) fail('shape', at, `${both} needs vectors or matrices`, '* for numbers');
  const inner = right[right.length === 1 ? 0 : right.length - 2]!;
  if (!left.at(-1)!.equals(inner)) fail('shape', at, `${both}: the last length of the left, ${left.at(-1)!.key}, is not the length ${inner.key} of the right`, '[m, k] @ [k, n]');
  const leading = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  if (leading === undefined) fail('shape', at, `${both}: the leading axes do not fit together`, 'lengths that are equal, or 1');
  const shape = [...leading, ...(left.length > 1 ? [left.at(-2)!] : []), ...(right.length > 1 ? [right.at(-1)!] : [])];
  return factory.make({ kind: 'operation', name: '@', emit, differentiable: true }, [a, b], { dtype: 'float32', shape }, at);
}

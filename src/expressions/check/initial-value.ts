import * as tf from '@tensorflow/tfjs-core';
import type { Position } from '../source/position.js';
import { sameShape, type TensorType } from '../types/tensor-type.js';
import type { TermFactory } from './term-factory.js';
import type { Term } from './term.js';

/** `term` repeated to the shape of `type`. */
export function broadcastTerm(factory: TermFactory, term: Term, type: TensorType, at: Position): Term {
  if (sameShape(term.type.shape, type.shape)) return term;
  const shape = type.shape.map((length) => length.evaluate({}));
  return factory.make({ kind: 'operation', name: 'broadcastTo', emit: ([x]) => tf.broadcastTo(x!, shape), differentiable: type.dtype === 'float32' }, [term], type, at);
}

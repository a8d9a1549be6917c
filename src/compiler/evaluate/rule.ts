import type * as tf from '@tensorflow/tfjs-core';
import type { PrimitiveAttributes } from '../graph/primitives.js';
import type { Operation } from '../graph/rules/rule.js';

/** Operations that are computed from their operands alone; a loop is run by the evaluator itself. */
export type Computed = Exclude<Operation, 'scan'>;

/** Computes one operation eagerly; `batch` resolves lengths of -k. */
export type EvaluationRule<P extends Computed> = (inputs: readonly tf.Tensor[], attributes: PrimitiveAttributes[P], batch: number) => tf.Tensor;

export type EvaluationRules<P extends Computed> = { readonly [K in P]: EvaluationRule<K> };

import type * as tf from '@tensorflow/tfjs-core';
import type { PrimitiveAttributes } from '../graph/primitives.js';
import type { Operation } from '../graph/rules/rule.js';

/** Computes one operation eagerly; `batch` resolves lengths of -k. */
export type EvaluationRule<P extends Operation> = (inputs: readonly tf.Tensor[], attributes: PrimitiveAttributes[P], batch: number) => tf.Tensor;

export type EvaluationRules<P extends Operation> = { readonly [K in P]: EvaluationRule<K> };

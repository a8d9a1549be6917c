import * as tf from '@tensorflow/tfjs-core';
import type { EvaluationRules } from './rule.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const unary = (f: Unary) => ([x]: readonly tf.Tensor[]): tf.Tensor => f(x!);
const binary = (f: Binary) => ([a, b]: readonly tf.Tensor[]): tf.Tensor => f(a!, b!);

type Elementwise =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'square' | 'floor' | 'ceil' | 'round'
  | 'sigmoid' | 'tanh' | 'relu' | 'softplus' | 'erf' | 'sin' | 'cos' | 'not' | 'isNaN' | 'leakyRelu' | 'elu' | 'clip' | 'step' | 'cast'
  | 'asin' | 'acos' | 'atan' | 'asinh' | 'acosh' | 'atanh' | 'bitwiseAnd'
  | 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'mod' | 'floorDiv'
  | 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual' | 'and' | 'or' | 'select';

export const elementwiseEvaluation: EvaluationRules<Elementwise> = {
  neg: unary(tf.neg), abs: unary(tf.abs), sign: unary(tf.sign), exp: unary(tf.exp), expm1: unary(tf.expm1), log: unary(tf.log),
  log1p: unary(tf.log1p), sqrt: unary(tf.sqrt), rsqrt: unary(tf.rsqrt), reciprocal: unary(tf.reciprocal), square: unary(tf.square),
  floor: unary(tf.floor), ceil: unary(tf.ceil), round: unary(tf.round), sigmoid: unary(tf.sigmoid), tanh: unary(tf.tanh),
  relu: unary(tf.relu), softplus: unary(tf.softplus), erf: unary(tf.erf), sin: unary(tf.sin), cos: unary(tf.cos),
  asin: unary(tf.asin), acos: unary(tf.acos), atan: unary(tf.atan), asinh: unary(tf.asinh), acosh: unary(tf.acosh), atanh: unary(tf.atanh),
  not: unary(tf.logicalNot), isNaN: unary(tf.isNaN),
  leakyRelu: ([x], { alpha }) => tf.leakyRelu(x!, alpha),
  elu: ([x], { alpha }) => tf.where(tf.greater(x!, 0), x!, tf.mul(alpha, tf.expm1(x!))),
  clip: ([x], { min, max }) => tf.minimum(tf.maximum(x!, tf.scalar(min, x!.dtype)), tf.scalar(max, x!.dtype)),
  step: ([x], { alpha }) => tf.step(x!, alpha),
  cast: ([x], { to }) => tf.cast(x!, to),
  add: binary(tf.add), sub: binary(tf.sub), mul: binary(tf.mul), div: binary(tf.div), pow: binary(tf.pow),
  maximum: binary(tf.maximum), minimum: binary(tf.minimum), mod: binary(tf.mod),
  floorDiv: binary((a, b) => (a.dtype === 'int32' ? tf.floorDiv(a, b) : tf.floor(tf.div(a, b)))),
  equal: binary(tf.equal), notEqual: binary(tf.notEqual), less: binary(tf.less), lessEqual: binary(tf.lessEqual),
  greater: binary(tf.greater), greaterEqual: binary(tf.greaterEqual), and: binary(tf.logicalAnd), or: binary(tf.logicalOr),
  bitwiseAnd: binary((a, b) => tf.engine().runKernel('BitwiseAnd', { a, b })),
  select: ([condition, a, b]) => tf.where(condition!, a!, b!),
};

import type { DType, TensorSpec } from '../../tensors.js';
import { broadcastShapes } from '../dimensions.js';
import { expectDType, expectInputs, expectSameDType, type ShapeRules } from './rule.js';

const unary = (...accepted: readonly DType[]) => (inputs: readonly TensorSpec[]): TensorSpec => {
  expectInputs(inputs, 1);
  expectDType(inputs[0]!, ...accepted);
  return inputs[0]!;
};
const onFloat = unary('float32');
const onNumber = unary('float32', 'int32');

const binary = (accepted: readonly DType[], result?: DType) => (inputs: readonly TensorSpec[]): TensorSpec => {
  expectInputs(inputs, 2);
  expectSameDType(inputs);
  expectDType(inputs[0]!, ...accepted);
  return { dtype: result ?? inputs[0]!.dtype, shape: broadcastShapes(inputs[0]!.shape, inputs[1]!.shape) };
};
const arithmetic = binary(['float32', 'int32']);
const comparison = binary(['float32', 'int32'], 'bool');
const equality = binary(['float32', 'int32', 'bool'], 'bool');
const logical = binary(['bool']);

type Elementwise =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'square' | 'floor' | 'ceil' | 'round'
  | 'sigmoid' | 'tanh' | 'relu' | 'softplus' | 'erf' | 'sin' | 'cos' | 'not' | 'isNaN' | 'leakyRelu' | 'elu' | 'clip' | 'step' | 'cast'
  | 'asin' | 'acos' | 'atan' | 'asinh' | 'acosh' | 'atanh' | 'bitwiseAnd'
  | 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'mod' | 'floorDiv'
  | 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual' | 'and' | 'or' | 'select';

export const elementwiseRules: ShapeRules<Elementwise> = {
  neg: onNumber, abs: onNumber, sign: onNumber, square: onNumber, relu: onNumber, clip: onNumber,
  exp: onFloat, expm1: onFloat, log: onFloat, log1p: onFloat, sqrt: onFloat, rsqrt: onFloat, reciprocal: onFloat,
  floor: onFloat, ceil: onFloat, round: onFloat, sigmoid: onFloat, tanh: onFloat, softplus: onFloat, erf: onFloat,
  asin: onFloat, acos: onFloat, atan: onFloat, asinh: onFloat, acosh: onFloat, atanh: onFloat,
  sin: onFloat, cos: onFloat, leakyRelu: onFloat, elu: onFloat, step: onFloat,
  not: unary('bool'),
  isNaN: (inputs) => ({ dtype: 'bool', shape: onFloat(inputs).shape }),
  cast: (inputs, { to }) => ({ dtype: to, shape: unary('float32', 'int32', 'bool')(inputs).shape }),
  add: arithmetic, sub: arithmetic, mul: arithmetic, pow: arithmetic, maximum: arithmetic, minimum: arithmetic, mod: arithmetic,
  div: binary(['float32']),
  floorDiv: arithmetic,
  equal: equality, notEqual: equality,
  less: comparison, lessEqual: comparison, greater: comparison, greaterEqual: comparison,
  and: logical, or: logical,
  bitwiseAnd: binary(['int32']),
  select: (inputs) => {
    expectInputs(inputs, 3);
    expectDType(inputs[0]!, 'bool');
    expectSameDType(inputs.slice(1));
    return { dtype: inputs[1]!.dtype, shape: broadcastShapes(...inputs.map((spec) => spec.shape)) };
  },
};

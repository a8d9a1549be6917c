import * as tf from '@tensorflow/tfjs-core';
import { optional, required, type FunctionDefinition } from './definition.js';

type OnTensor = (x: tf.Tensor) => tf.Tensor;

const x = required('x', 'float32');

/** A function of float32, element by element. */
const smooth = (name: string, doc: string, example: readonly [string, string], f: OnTensor): FunctionDefinition => ({
  name, doc, example, gradient: true, parameters: [x],
  apply: (call) => {
    const operand = call.float('x');
    return call.operation([operand], operand.type, ([value]) => f(value!), true);
  },
});

/** A function that is constant almost everywhere, element by element; int32 stays int32. */
const stepwise = (name: string, doc: string, example: readonly [string, string], f: OnTensor): FunctionDefinition => ({
  name, doc, example, gradient: false, parameters: [required('x', 'number')],
  apply: (call) => {
    const operand = call.number('x');
    return call.operation([operand], operand.type, ([value]) => f(value!), false);
  },
});

/** Rounding: whole numbers stay what they are. */
const rounding = (f: OnTensor): OnTensor => (value) => (value.dtype === 'int32' ? tf.clone(value) : f(value));

/** A question about each element of float32. */
const test = (name: string, doc: string, example: readonly [string, string], f: OnTensor): FunctionDefinition => ({
  name, doc, example, gradient: false, parameters: [x],
  apply: (call) => {
    const operand = call.float('x');
    return call.operation([operand], { dtype: 'bool', shape: operand.type.shape }, ([value]) => f(value!), false);
  },
});

const powers: readonly FunctionDefinition[] = [
  smooth('exp', 'e to the power of x', ['exp([0, 1])', '[1, 2.718]'], tf.exp),
  smooth('expm1', 'exp(x) - 1, exact near 0', ['expm1(1e-6)', '0.000001'], tf.expm1),
  smooth('log', 'natural logarithm', ['log([1, 10])', '[0, 2.303]'], tf.log),
  smooth('log1p', 'log(1 + x), exact near 0', ['log1p(1e-6)', '0.000001'], tf.log1p),
  smooth('sqrt', 'square root', ['sqrt([4, 2])', '[2, 1.414]'], tf.sqrt),
  smooth('rsqrt', '1 / sqrt(x)', ['rsqrt(4)', '0.5'], tf.rsqrt),
  smooth('square', 'x * x', ['square([-3, 2])', '[9, 4]'], tf.square),
  smooth('reciprocal', '1 / x', ['reciprocal(4)', '0.25'], tf.reciprocal),
  {
    name: 'abs', doc: 'absolute value; int32 stays int32', example: ['abs([-3, 2])', '[3, 2]'], gradient: true, parameters: [required('x', 'number')],
    apply: (call) => {
      const operand = call.number('x');
      return call.operation([operand], operand.type, ([value]) => tf.abs(value!), operand.type.dtype === 'float32');
    },
  },
];

const activations: readonly FunctionDefinition[] = [
  smooth('sigmoid', '1 / (1 + exp(-x))', ['sigmoid([0, 2])', '[0.5, 0.8808]'], tf.sigmoid),
  smooth('tanh', 'hyperbolic tangent', ['tanh([0, 1])', '[0, 0.7616]'], tf.tanh),
  smooth('relu', 'max(x, 0)', ['relu([-1, 2])', '[0, 2]'], tf.relu),
  smooth('relu6', 'x between 0 and 6', ['relu6([-1, 2, 9])', '[0, 2, 6]'], tf.relu6),
  smooth('elu', 'x where x > 0, exp(x) - 1 elsewhere', ['elu([-1, 2])', '[-0.6321, 2]'], tf.elu),
  smooth('selu', 'scaled elu of self-normalising networks', ['selu([-1, 2])', '[-1.111, 2.101]'], tf.selu),
  smooth('softplus', 'log(1 + exp(x))', ['softplus([0, 2])', '[0.6931, 2.127]'], tf.softplus),
  {
    name: 'leakyRelu', doc: 'x where x > 0, alpha * x elsewhere', example: ['leakyRelu([-1, 2])', '[-0.2, 2]'], gradient: true,
    parameters: [x, optional('alpha', 'number in the source', '0.2')],
    apply: (call) => {
      const operand = call.float('x');
      const alpha = call.real('alpha', 0.2);
      return call.operation([operand], operand.type, ([value]) => tf.leakyRelu(value!, alpha), true);
    },
  },
];

const waves: readonly FunctionDefinition[] = [
  smooth('sin', 'sine, x in radians', ['sin([0, 1])', '[0, 0.8415]'], tf.sin),
  smooth('cos', 'cosine, x in radians', ['cos([0, 1])', '[1, 0.5403]'], tf.cos),
  smooth('tan', 'tangent, x in radians', ['tan([0, 1])', '[0, 1.557]'], tf.tan),
  smooth('sinh', 'hyperbolic sine', ['sinh([0, 1])', '[0, 1.175]'], tf.sinh),
  smooth('cosh', 'hyperbolic cosine', ['cosh([0, 1])', '[1, 1.543]'], tf.cosh),
  smooth('erf', 'error function', ['erf([0, 1])', '[0, 0.8427]'], tf.erf),
];

const steps: readonly FunctionDefinition[] = [
  stepwise('sign', '-1, 0 or 1', ['sign([-3, 0, 2])', '[-1, 0, 1]'], tf.sign),
  stepwise('floor', 'largest whole number not above x', ['floor([1.5, -1.5])', '[1, -2]'], rounding(tf.floor)),
  stepwise('ceil', 'smallest whole number not below x', ['ceil([1.5, -1.5])', '[2, -1]'], rounding(tf.ceil)),
  stepwise('round', 'nearest whole number, halves to the even one', ['round([0.5, 1.5, 2.4])', '[0, 2, 2]'], rounding(tf.round)),
  test('isNaN', 'whether x is not a number', ['isNaN(log([-1, 1]))', '[true, false]'], tf.isNaN),
  test('isInf', 'whether x is infinite', ['isInf(1 / [0, 1])', '[true, false]'], tf.isInf),
  test('isFinite', 'whether x is neither infinite nor NaN', ['isFinite(1 / [0, 1])', '[false, true]'], tf.isFinite),
];

export const elementwiseFunctions: readonly FunctionDefinition[] = [...powers, ...activations, ...waves, ...steps];

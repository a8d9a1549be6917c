import * as tf from '@tensorflow/tfjs-core';
import { binary, binaryZero, fromOperand, fromResult, indicator, unbroadcast, zero, type GradientRule } from './rule.js';

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** sqrt(1 - x^2) */
const complement = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sub(1, tf.square(x)));

/** d log_b-like: dy where the mask holds, 0 elsewhere, without multiplying infinities by 0. */
const where = (mask: tf.Tensor, dy: tf.Tensor): tf.Tensor => tf.where(mask, dy, tf.zerosLike(dy));

const unary: readonly GradientRule[] = [
  fromOperand('Abs', (dy, x) => tf.mul(dy, tf.sign(x))),
  fromOperand('Neg', (dy) => tf.neg(dy)),
  fromOperand('Square', (dy, x) => tf.mul(dy, tf.mul(2, x))),
  fromResult('Sqrt', (dy, y) => tf.div(dy, tf.mul(2, y))),
  fromResult('Rsqrt', (dy, y) => tf.mul(dy, tf.mul(-0.5, tf.mul(y, tf.square(y))))), // d x^-1/2 = -1/2 x^-3/2
  fromResult('Reciprocal', (dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  fromResult('Exp', (dy, y) => tf.mul(dy, y)),
  fromResult('Expm1', (dy, y) => tf.mul(dy, tf.add(y, 1))),
  fromOperand('Log', (dy, x) => tf.div(dy, x)),
  fromOperand('Log1p', (dy, x) => tf.div(dy, tf.add(1, x))),
  fromResult('Sigmoid', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))),
  fromResult('Tanh', (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  fromOperand('Relu', (dy, x) => tf.mul(dy, tf.step(x))),
  fromOperand('Relu6', (dy, x) => tf.mul(dy, tf.mul(tf.step(x), indicator(tf.lessEqual(x, 6))))),
  fromOperand('LeakyRelu', (dy, x, { alpha }) => tf.mul(dy, tf.step(x, alpha as number))),
  fromResult('Elu', (dy, y) => tf.where(tf.greater(y, 0), dy, tf.mul(dy, tf.add(y, 1)))), // alpha exp(x) = y + 1, alpha = 1
  fromOperand('Selu', (dy, x) =>
    tf.where(tf.greater(x, 0), tf.mul(dy, SELU_SCALE), tf.mul(dy, tf.mul(SELU_SCALE * SELU_ALPHA, tf.exp(x))))),
  fromOperand('Softplus', (dy, x) => tf.mul(dy, tf.sigmoid(x))),
  fromOperand('Erf', (dy, x) => tf.mul(dy, tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x)))))),
  fromOperand('Sin', (dy, x) => tf.mul(dy, tf.cos(x))),
  fromOperand('Cos', (dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  fromResult('Tan', (dy, y) => tf.mul(dy, tf.add(1, tf.square(y)))),
  fromOperand('Sinh', (dy, x) => tf.mul(dy, tf.cosh(x))),
  fromOperand('Cosh', (dy, x) => tf.mul(dy, tf.sinh(x))),
  fromOperand('Asin', (dy, x) => tf.div(dy, complement(x))),
  fromOperand('Acos', (dy, x) => tf.neg(tf.div(dy, complement(x)))),
  fromOperand('Atan', (dy, x) => tf.div(dy, tf.add(1, tf.square(x)))),
  fromOperand('Asinh', (dy, x) => tf.div(dy, tf.sqrt(tf.add(1, tf.square(x))))),
  fromOperand('Acosh', (dy, x) => tf.div(dy, tf.sqrt(tf.sub(tf.square(x), 1)))),
  fromOperand('Atanh', (dy, x) => tf.div(dy, tf.sub(1, tf.square(x)))),
  fromOperand('ClipByValue', (dy, x, { clipValueMin, clipValueMax }) =>
    where(tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number)), dy)),
  ...['Ceil', 'Floor', 'Round', 'Sign', 'Step', 'ZerosLike', 'OnesLike', 'IsNan', 'IsInf', 'IsFinite', 'ArgMax', 'ArgMin', 'Any', 'All', 'LogicalNot'].map(zero),
  { kernelName: 'Identity', gradFunc: (dy) => ({ x: () => tf.cast(dy as tf.Tensor, 'float32') }) },
  { kernelName: 'Cast', gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }) },
];

const divisorGradient = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.neg(tf.div(tf.mul(dy, a), tf.square(b)));
const quotient = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.floor(tf.div(a, b));

/** a^2 + b^2 */
const squaredNorm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(tf.square(a), tf.square(b));

const broadcasting: readonly GradientRule[] = [
  ...['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'LogicalAnd', 'LogicalOr', 'LogicalXor', 'BitwiseAnd', 'FloorDiv'].map(binaryZero),
  binary('Atan2', (dy, a, b) => tf.mul(dy, tf.div(b, squaredNorm(a, b))), (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, squaredNorm(a, b))))),
  binary('Add', (dy) => dy, (dy) => dy),
  binary('Sub', (dy) => dy, (dy) => tf.neg(dy)),
  binary('Multiply', (dy, _, b) => tf.mul(dy, tf.cast(b, 'float32')), (dy, a) => tf.mul(dy, tf.cast(a, 'float32'))),
  binary('RealDiv', (dy, _, b) => tf.div(dy, tf.cast(b, 'float32')), (dy, a, b) => divisorGradient(dy, a, tf.cast(b, 'float32'))),
  binary('Mod', (dy) => dy, (dy, a, b) => tf.neg(tf.mul(dy, quotient(a, b)))),
  binary('Maximum', (dy, a, b) => where(tf.greaterEqual(a, b), dy), (dy, a, b) => where(tf.less(a, b), dy)),
  binary('Minimum', (dy, a, b) => where(tf.lessEqual(a, b), dy), (dy, a, b) => where(tf.greater(a, b), dy)),
  binary('SquaredDifference', (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(a, b))), (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(b, a)))),
  {
    kernelName: 'Pow',
    inputsToSave: ['a', 'b'],
    outputsToSave: [true],
    gradFunc: (dy, [a, b, y]) => ({
      a: () => unbroadcast(tf.mul(dy as tf.Tensor, tf.mul(tf.cast(b!, 'float32'), tf.pow(a!, tf.sub(b!, 1)))), a!.shape),
      b: () => {
        const safe = tf.where(tf.greater(a!, 0), a!, tf.onesLike(a!)); // log 1 = 0 where the base is not positive
        return unbroadcast(tf.mul(dy as tf.Tensor, tf.mul(y!, tf.log(safe))), b!.shape);
      },
    }),
  },
  { // y + 1 is alpha exp(x), as long as alpha = 1
    kernelName: 'EluGrad',
    inputsToSave: ['dy', 'y'],
    gradFunc: (ddx, [dy, y]) => ({
      dy: () => tf.where(tf.greater(y!, 0), ddx as tf.Tensor, tf.mul(ddx as tf.Tensor, tf.add(y!, 1))),
      y: () => where(tf.lessEqual(y!, 0), tf.mul(ddx as tf.Tensor, dy!)),
    }),
  },
  {
    kernelName: 'AddN',
    saveAllInputs: true,
    gradFunc: (dy, inputs) => Object.fromEntries(inputs.map((_, i) => [i, () => tf.clone(dy as tf.Tensor)])),
  },
  {
    kernelName: 'Prelu',
    inputsToSave: ['x', 'alpha'],
    gradFunc: (dy, [x, alpha]) => ({
      x: () => tf.where(tf.greater(x!, 0), dy as tf.Tensor, tf.mul(dy as tf.Tensor, alpha!)),
      alpha: () => unbroadcast(where(tf.lessEqual(x!, 0), tf.mul(dy as tf.Tensor, x!)), alpha!.shape),
    }),
  },
  {
    kernelName: 'Select',
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => ({
      condition: () => tf.zerosLike(indicator(condition!)),
      t: () => where(condition!, dy as tf.Tensor),
      e: () => tf.where(condition!, tf.zerosLike(dy as tf.Tensor), dy as tf.Tensor),
    }),
  },
];

export const elementwiseGradients: readonly GradientRule[] = [...unary, ...broadcasting];

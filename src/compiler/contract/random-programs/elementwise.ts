import * as tf from '@tensorflow/tfjs-core';
import { broadcast, isFloat, limited, type Made, type Operation, type Value } from './value.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Bounds = readonly [low: number, high: number];

/** A function of floats that are at least `from` and at most `to`; it grows or falls all the way, or `bounds` says what it gives. */
const unary = (name: string, run: Unary, bounds: (x: Value) => Bounds, from = -Infinity, to = Infinity): Operation => ({
  name, arity: 1,
  make: ([x]) => {
    if (!isFloat(x!) || x!.low < from || x!.high > to) return undefined;
    const [low, high] = bounds(x!);
    return limited({ dtype: 'float32', shape: x!.shape, low, high, exact: false, run });
  },
});
const growing = (f: (x: number) => number) => ({ low, high }: Value): Bounds => [f(low), f(high)];
const within = (low: number, high: number) => (): Bounds => [low, high];
const magnitude = ({ low, high }: Value): number => Math.max(Math.abs(low), Math.abs(high));

const unaries: readonly Operation[] = [
  unary('tanh', tf.tanh, within(-1, 1)), unary('sigmoid', tf.sigmoid, within(0, 1)), unary('neg', tf.neg, ({ low, high }) => [-high, -low]),
  unary('abs', tf.abs, (x) => [0, magnitude(x)]), unary('relu', tf.relu, ({ low, high }) => [Math.max(0, low), Math.max(0, high)]),
  unary('exp', tf.exp, growing(Math.exp), -6, 3), unary('log', tf.log, growing(Math.log), 0.1), unary('log1p', tf.log1p, growing(Math.log1p), -0.8),
  unary('expm1', tf.expm1, growing(Math.expm1), -6, 3), unary('sqrt', tf.sqrt, growing(Math.sqrt), 0.05), unary('rsqrt', tf.rsqrt, ({ low, high }) => [high ** -0.5, low ** -0.5], 0.1),
  unary('square', tf.square, (x) => [0, magnitude(x) ** 2], -6, 6), unary('reciprocal', tf.reciprocal, ({ low, high }) => [1 / high, 1 / low], 0.2),
  unary('softplus', tf.softplus, growing((x) => Math.log1p(Math.exp(x)))), unary('sin', tf.sin, within(-1, 1)), unary('cos', tf.cos, within(-1, 1)),
  unary('erf', tf.erf, within(-1, 1)), unary('atan', tf.atan, within(-1.6, 1.6)), unary('elu', tf.elu, ({ low, high }) => [Math.max(-1, low), Math.max(0, high)]),
  unary('leakyRelu', (x) => tf.leakyRelu(x, 0.2), ({ low, high }) => [low, high]), unary('clip', (x) => tf.clipByValue(x, -1.3, 0.9), within(-1.3, 0.9)),
  unary('cube', (x) => tf.pow(x, tf.scalar(3)), growing((x) => x ** 3), 0.1, 3),
];

/** Bounds of a product from all corners. */
function product(a: Value, b: Value): Bounds {
  const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
  return [Math.min(...corners), Math.max(...corners)];
}

const arithmetic = (name: string, run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, bounds: (a: Value, b: Value) => Bounds, suits: (b: Value) => boolean = () => true): Operation => ({
  name, arity: 2,
  make: ([a, b]) => {
    const shape = broadcast(a!.shape, b!.shape);
    if (shape === undefined || a!.dtype !== b!.dtype || a!.dtype === 'bool' || !suits(b!)) return undefined;
    const [low, high] = bounds(a!, b!);
    return limited({ dtype: a!.dtype, shape, low, high, exact: a!.dtype === 'int32', run });
  },
});

const binaries: readonly Operation[] = [
  arithmetic('add', tf.add, (a, b) => [a.low + b.low, a.high + b.high]), arithmetic('sub', tf.sub, (a, b) => [a.low - b.high, a.high - b.low]),
  arithmetic('mul', tf.mul, product), arithmetic('maximum', tf.maximum, (a, b) => [Math.max(a.low, b.low), Math.max(a.high, b.high)]),
  arithmetic('minimum', tf.minimum, (a, b) => [Math.min(a.low, b.low), Math.min(a.high, b.high)]),
  arithmetic('div', tf.div, (a, b) => product(a, { ...b, low: 1 / b.high, high: 1 / b.low }), (b) => b.low >= 0.2 && isFloat(b)),
  arithmetic('squaredDifference', tf.squaredDifference, (a, b) => [0, (magnitude(a) + magnitude(b)) ** 2]),
  arithmetic('mod', tf.mod, (_, b) => [0, b.high], (b) => b.dtype === 'int32' && b.low >= 1),
];

const bool = (shape: readonly number[], run: Made['run']): Made | undefined => limited({ dtype: 'bool', shape, low: 0, high: 1, exact: true, run });

const comparison = (name: string, run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation => ({
  name, arity: 2,
  make: ([a, b]) => {
    const shape = broadcast(a!.shape, b!.shape);
    return shape !== undefined && a!.exact && b!.exact && a!.dtype === b!.dtype && a!.dtype !== 'bool' ? bool(shape, run) : undefined;
  },
});

const logical = (name: string, run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation => ({
  name, arity: 2,
  make: ([a, b]) => {
    const shape = broadcast(a!.shape, b!.shape);
    return shape !== undefined && a!.dtype === 'bool' && b!.dtype === 'bool' ? bool(shape, run) : undefined;
  },
});

const casts: readonly Operation[] = [
  { name: 'toFloat', arity: 1, make: ([x]) => (isFloat(x!) ? undefined : limited({ ...x!, dtype: 'float32', run: (a) => tf.cast(a, 'float32') })) },
  {
    name: 'toInt', arity: 1,
    make: ([x]) => (x!.exact && x!.dtype !== 'int32' ? limited({ ...x!, dtype: 'int32', low: Math.trunc(x!.low), high: Math.trunc(x!.high), run: (a) => tf.cast(a, 'int32') }) : undefined),
  },
  { name: 'not', arity: 1, make: ([x]) => (x!.dtype === 'bool' ? bool(x!.shape, tf.logicalNot) : undefined) },
];

const where: Operation = {
  name: 'where', arity: 3,
  make: ([c, a, b]) => {
    const shape = c!.dtype === 'bool' && a!.dtype === b!.dtype ? broadcast(c!.shape, broadcast(a!.shape, b!.shape) ?? [-1]) : undefined;
    if (shape === undefined || shape.includes(-1)) return undefined;
    return limited({ dtype: a!.dtype, shape, low: Math.min(a!.low, b!.low), high: Math.max(a!.high, b!.high), exact: a!.exact && b!.exact, run: tf.where });
  },
};

export const elementwiseOperations: readonly Operation[] = [
  ...unaries, ...binaries, comparison('less', tf.less), comparison('greaterEqual', tf.greaterEqual), comparison('equal', tf.equal),
  logical('and', tf.logicalAnd), logical('or', tf.logicalOr), logical('xor', tf.logicalXor), ...casts, where,
];

import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { booleans, floats, integers, row, type ContractRow } from './row.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const unary = (name: string, f: Unary, low = -2, high = 2): ContractRow => row(name, { x: floats([3, 4], low, high) }, ({ x }) => f(x!));
const unaryNoGradient = (name: string, f: Unary, low = -3, high = 3): ContractRow =>
  row(name, { x: floats([3, 4], low, high) }, ({ x }) => f(x!), false);
const binary = (name: string, f: Binary, low = -2, high = 2): ContractRow =>
  row(name, { a: floats([2, 3, 4], low, high, 'a'), b: floats([3, 1], low, high, 'b') }, ({ a, b }) => f(a!, b!));
const comparison = (name: string, f: Binary): ContractRow =>
  row(name, { a: integers([2, 3], 1, 2, 3, 4, 5, 6), b: integers([3], 1, 3, 3) }, ({ a, b }) => f(a!, b!), false);
const logical = (name: string, f: Binary): ContractRow =>
  row(name, { a: booleans([2, 2], 0, 0, 1, 1), b: booleans([2, 2], 0, 1, 0, 1) }, ({ a, b }) => f(a!, b!), false);

/** x times something constant almost everywhere: the gradient is that constant. */
const times = (f: Unary): ContractRow['apply'] => ({ x }) => tf.mul(x!, tf.cast(f(x!), 'float32'));
const jumps = (name: string, f: Unary, eager?: Unary): ContractRow => row(
  `gradient past ${name}`, { x: floats([3, 4], -3, 3) }, times(f), true,
  eager ? { instead: { why: 'eager cpu has no such kernel', apply: times(eager) } } : {},
);
const bounds = (): tf.Tensor2D => tf.tensor2d([[-1, 0], [-2, 2], [-1.5, 3]]);
const whole = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'int32');

const pastJumps: readonly ContractRow[] = [
  jumps('ceil', tf.ceil), jumps('round', tf.round), jumps('sign', tf.sign), jumps('step', (x) => tf.step(x, 0.3)), jumps('isNaN', tf.isNaN),
  jumps('isInf', tf.isInf), jumps('isFinite', tf.isFinite), jumps('argMax', (x) => tf.expandDims(tf.argMax(x, 1), 1)),
  jumps('argMin', (x) => tf.expandDims(tf.argMin(x, 1), 1)), jumps('any', (x) => tf.any(tf.greater(x, 2.5), 1, true)),
  jumps('all', (x) => tf.all(tf.less(x, 2.5), 1, true)), jumps('not', (x) => tf.logicalNot(tf.less(x, 0.7))), jumps('equal', (x) => tf.equal(whole(x), 1)),
  jumps('notEqual', (x) => tf.notEqual(whole(x), 1)), jumps('or', (x) => tf.logicalOr(tf.lessEqual(x, -0.4), tf.greaterEqual(x, 1.3))),
  jumps('xor', (x) => kernel('LogicalXor', { a: tf.less(x, -0.4), b: tf.greater(x, -1.3) }), (x) => tf.logicalXor(tf.less(x, -0.4), tf.greater(x, -1.3))), jumps('bitwiseAnd', (x) => tf.bitwiseAnd(whole(x), whole(tf.mul(x, 2)))),
  jumps('floorDiv', (x) => tf.floorDiv(x, tf.scalar(0.7))), jumps('oneHot', (x) => tf.sum(tf.oneHot(whole(tf.abs(x)), 3), -1)),
  jumps('searchSorted', (x) => tf.searchSorted(bounds(), x)),
  jumps('LowerBound', (x) => kernel('LowerBound', { sortedSequence: bounds(), values: x }), (x) => tf.lowerBound(bounds(), x)),
  jumps('UpperBound', (x) => kernel('UpperBound', { sortedSequence: bounds(), values: x }), (x) => tf.upperBound(bounds(), x)),
];

export const elementwiseRows: readonly ContractRow[] = [
  unary('neg', tf.neg), unary('abs', tf.abs), unary('exp', tf.exp), unary('expm1', tf.expm1), unary('log', tf.log, 0.1, 3),
  unary('log1p', tf.log1p, -0.8, 3), unary('sqrt', tf.sqrt, 0.1, 4), unary('rsqrt', tf.rsqrt, 0.1, 4), unary('square', tf.square),
  unary('reciprocal', tf.reciprocal, 0.2, 2), unary('sigmoid', tf.sigmoid), unary('tanh', tf.tanh), unary('relu', tf.relu),
  unary('relu6', tf.relu6, -3, 9), unary('leakyRelu', (x) => tf.leakyRelu(x, 0.1)), unary('elu', tf.elu), unary('selu', tf.selu),
  unary('softplus', tf.softplus), unary('erf', tf.erf), unary('sin', tf.sin), unary('cos', tf.cos), unary('tan', tf.tan, -1, 1),
  unary('sinh', tf.sinh), unary('cosh', tf.cosh), unary('clipByValue', (x) => tf.clipByValue(x, -1, 0.5)),
  unary('identity', tf.clone), unary('integer power', (x) => tf.pow(x, tf.scalar(3))),
  unary('mul with itself', (x) => tf.mul(x, x)), unary('cast to int and back', (x) => tf.mul(x, tf.cast(tf.cast(x, 'int32'), 'float32'))),
  unaryNoGradient('sign', tf.sign), unaryNoGradient('floor', tf.floor), unaryNoGradient('ceil', tf.ceil),
  unaryNoGradient('round half to even', (x) => tf.round(tf.div(tf.round(tf.mul(x, 2)), 2))),
  unaryNoGradient('step', tf.step), unaryNoGradient('step with slope', (x) => tf.step(x, 0.2)),
  unaryNoGradient('isNaN', (x) => tf.isNaN(tf.log(x))), unaryNoGradient('isInf', (x) => tf.isInf(tf.div(1, tf.floor(x)))),
  unaryNoGradient('isFinite', (x) => tf.isFinite(tf.div(1, tf.floor(x)))),
  unaryNoGradient('cast to int', (x) => tf.cast(x, 'int32')), unaryNoGradient('cast to bool', (x) => tf.cast(tf.floor(x), 'bool')),
  unaryNoGradient('zerosLike', tf.zerosLike), unaryNoGradient('onesLike', tf.onesLike),
  unaryNoGradient('fill', (x) => tf.add(x, tf.fill([3, 4], 2.5))),
  unaryNoGradient('constant tensor', (x) => tf.add(x, tf.tensor1d([1, 2, 3, 4]))),
  binary('add', tf.add), binary('sub', tf.sub), binary('mul', tf.mul), binary('div', tf.div, 0.5, 2), binary('maximum', tf.maximum),
  binary('minimum', tf.minimum), binary('pow', tf.pow, 0.3, 2), binary('squaredDifference', tf.squaredDifference),
  binary('mod', tf.mod, 0.4, 5), binary('prelu', (a, b) => tf.prelu(a, b)),
  row('addN', { a: floats([2, 3]), b: floats([2, 3], 0, 1), c: floats([2, 3], 1, 2) }, ({ a, b, c }) => tf.addN([a!, b!, c!])),
  row('mod with signs', { a: floats([8], -5, 5), b: floats([8], 1, 3) }, ({ a, b }) => tf.mod(a!, b!), false),
  row('integer arithmetic', { a: integers([4], 7, -7, 8, 9), b: integers([4], 2, 2, 3, -4) },
    ({ a, b }) => tf.stack([tf.add(a!, b!), tf.mul(a!, b!), tf.maximum(a!, b!), tf.floorDiv(a!, b!)]), false),
  row('integer division by 0 and -1', { a: integers([5], 5, 0, 7, -7, -2147483648), b: integers([5], 0, 0, -1, -1, -1) },
    ({ a, b }) => tf.stack([tf.floorDiv(a!, b!), tf.mod(a!, b!)]), false),
  row('int with float', { a: integers([3], 1, 2, 3), b: floats([3]) }, ({ a, b }) => tf.mul(a!, b!), false),
  comparison('equal', tf.equal), comparison('notEqual', tf.notEqual), comparison('less', tf.less), comparison('lessEqual', tf.lessEqual),
  comparison('greater', tf.greater), comparison('greaterEqual', tf.greaterEqual),
  logical('and', tf.logicalAnd), logical('or', tf.logicalOr), logical('xor', tf.logicalXor),
  row('not', { a: booleans([2], 0, 1) }, ({ a }) => tf.logicalNot(a!), false),
  row('where', { c: booleans([2, 3], 1, 0, 1, 0, 0, 1), a: floats([2, 3]), b: floats([2, 3], 3, 4) }, ({ c, a, b }) => tf.where(c!, a!, b!)),
  ...pastJumps,
];

import * as tf from '@tensorflow/tfjs-core';
import { booleans, integers, row, type ContractRow } from './row.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const ints = integers([2, 3], 3, -2, 0, 5, 1, -4);
const bools = booleans([2, 3], 1, 0, 1, 1, 0, 0);
const whole = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'int32');
const float = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'float32');

/** Kernels that keep int32, and for bool what they do with 0 and 1. */
const kept: readonly (readonly [string, Unary])[] = [
  ['neg', tf.neg], ['abs', tf.abs], ['sign', tf.sign], ['square', tf.square], ['relu', tf.relu], ['relu6', tf.relu6], ['step', (x) => tf.step(x)],
  ['addN', (x) => tf.addN([x, x])], ['matMul', (x) => tf.matMul(x, x, false, true)],
];
/** Kernels that keep bool, too. */
const moved: readonly (readonly [string, Unary])[] = [
  ['max', (x) => tf.max(x, 1)], ['min', (x) => tf.min(x, 0)], ['clipByValue', (x) => tf.clipByValue(x, 0, 1)], ['broadcastTo', (x) => tf.broadcastTo(x, [2, 2, 3])],
  ['tile', (x) => tf.tile(x, [2, 2])], ['slice', (x) => tf.slice(x, [0, 1], [2, 2])], ['stridedSlice', (x) => tf.stridedSlice(x, [0, 2], [2, 0], [1, -1])],
  ['pad', (x) => tf.pad(x, [[1, 0], [0, 1]], 1)], ['reverse', (x) => tf.reverse(x, 1)], ['transpose', (x) => tf.transpose(x)], ['stack', (x) => tf.stack([x, x], 1)],
  ['concat', (x) => tf.concat([x, x], 1)], ['gather', (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32'), 1)], ['gatherND', (x) => tf.gatherND(x, tf.tensor2d([[1, 1], [0, 2]], [2, 2], 'int32'))],
  ['scatterND', (x) => tf.scatterND(tf.tensor2d([[3], [1]], [2, 1], 'int32'), x, [4, 3])], ['topk', (x) => tf.topk(x, 2).values], ['mirrorPad', (x) => tf.mirrorPad(x, [[0, 0], [1, 2]], 'reflect')],
  ['spaceToBatchND', (x) => tf.spaceToBatchND(x, [3], [[0, 0]])], ['where', (x) => tf.where(tf.greater(float(x), 0), x, tf.reverse(x, 1))],
  ['tensorScatterUpdate', (x) => tf.tensorScatterUpdate(tf.onesLike(x), tf.tensor2d([[1]], [1, 1], 'int32'), tf.slice(x, 0, 1))],
  ['maxPool', (x) => tf.maxPool(tf.reshape<tf.Rank.R4>(x, [1, 2, 3, 1]), 2, 1, 'valid')],
];
/** Kernels whose result has a dtype of its own. */
const typed: readonly (readonly [string, Unary])[] = [
  ['exp', tf.exp], ['sum', (x) => tf.sum(x, 1)], ['prod', (x) => tf.prod(x, 1)], ['mean', (x) => tf.mean(x, 1)], ['cumsum', (x) => tf.cumsum(x, 1)],
  ['cumprod', (x) => tf.cumprod(x, 1)], ['argMax', (x) => tf.argMax(x, 1)], ['argMin', (x) => tf.argMin(x, 0)], ['isNaN', tf.isNaN], ['isInf', tf.isInf], ['isFinite', tf.isFinite],
  ['zerosLike', tf.zerosLike], ['onesLike', tf.onesLike], ['einsum', (x) => tf.einsum('ij,kj->ik', x, x)], ['searchSorted', (x) => tf.searchSorted(tf.tensor2d([[-1, 0, 2], [0, 1, 3]]), x)],
  ['cast to bool', (x) => tf.cast(x, 'bool')], ['cast to float', float], ['cast to int', whole], ['leakyRelu', (x) => tf.leakyRelu(x, 0.5)], ['prelu', (x) => tf.prelu(x, tf.scalar(0.5))],
];
/** Float functions: TensorFlow.js lets them take integers. */
const truncated: readonly (readonly [string, Unary])[] = [
  ['expm1', tf.expm1], ['softplus', tf.softplus], ['selu', tf.selu], ['sinh', tf.sinh], ['atan', tf.atan], ['asinh', tf.asinh], ['reciprocal', (x) => tf.reciprocal(tf.add(tf.abs(x), whole(tf.scalar(1))))],
  ['log1p', (x) => tf.log1p(tf.abs(x))], ['localResponseNormalization', (x) => tf.localResponseNormalization(tf.reshape<tf.Rank.R4>(x, [1, 2, 1, 3]), 1)],
];

const unary: readonly ContractRow[] = [
  ...[...kept, ...moved, ...typed].map(([name, f]) => row(`${name} of int`, { x: ints }, ({ x }) => f(x!), false)),
  ...[...moved, ...typed].map(([name, f]) => row(`${name} of bool`, { x: bools }, ({ x }) => f(x!), false)),
  ...kept.map(([name, f]) => row(`${name} of bool`, { x: bools }, ({ x }) => f(x!), false,
    { instead: { why: 'eager cpu stores the result in bytes and calls it bool', apply: ({ x }) => f(whole(x!)) } })),
  ...truncated.map(([name, f]) => row(`${name} of int`, { x: ints }, ({ x }) => f(x!), false,
    { instead: { why: 'eager cpu cuts the result off to int32', apply: ({ x }) => f(float(x!)) } })),
];

const arithmetic: readonly (readonly [string, Binary])[] = [
  ['add', tf.add], ['sub', tf.sub], ['mul', tf.mul], ['maximum', tf.maximum], ['minimum', tf.minimum], ['squaredDifference', tf.squaredDifference],
];
const comparisons: readonly (readonly [string, Binary])[] = [
  ['equal', tf.equal], ['notEqual', tf.notEqual], ['less', tf.less], ['lessEqual', tf.lessEqual], ['greater', tf.greater], ['greaterEqual', tf.greaterEqual],
];
const row3 = integers([3], 2, 3, -1);
const bool3 = booleans([3], 1, 1, 0);
const float3 = { dtype: 'float32', shape: [3], data: Float32Array.of(0.5, -1, 1) } as const;

const binary: readonly ContractRow[] = [
  ...[...arithmetic, ...comparisons, ['floorDiv', tf.floorDiv] as const, ['mod', tf.mod] as const, ['atan2', tf.atan2] as const].map(([name, f]) =>
    row(`${name} of int and int`, { a: ints, b: row3 }, ({ a, b }) => f(a!, b!), false)),
  ...[...arithmetic, ...comparisons].flatMap(([name, f]) => [
    row(`${name} of int and float`, { a: ints, b: float3 }, ({ a, b }) => f(a!, b!), false),
    row(`${name} of bool and int`, { a: bools, b: row3 }, ({ a, b }) => f(a!, b!), false),
    row(`${name} of bool and float`, { a: bools, b: float3 }, ({ a, b }) => f(a!, b!), false),
  ]),
  ...comparisons.map(([name, f]) => row(`${name} of bool and bool`, { a: bools, b: bool3 }, ({ a, b }) => f(a!, b!), false)),
  ...arithmetic.slice(0, 3).map(([name, f]) => row(`${name} of bool and bool`, { a: bools, b: bool3 }, ({ a, b }) => f(a!, b!), false,
    { instead: { why: 'eager cpu stores the result in bytes and calls it bool', apply: ({ a, b }) => f(whole(a!), whole(b!)) } })),
  row('power of int', { a: integers([4], 2, -3, 5, 0), b: integers([4], 3, 2, 0, 4) }, ({ a, b }) => tf.pow(a!, b!), false),
  row('integers over zero', { a: integers([3], 5, -7, 0), b: integers([3], 0, 0, 0) }, ({ a, b }) => tf.stack([tf.floorDiv(a!, b!), tf.mod(a!, b!)]), false),
];

export const dtypeRows: readonly ContractRow[] = [...unary, ...binary];

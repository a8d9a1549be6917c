import * as tf from '@tensorflow/tfjs-core';
import { axisOf, isFloat, limited, replaced, sizeOf, type Made, type Operation, type Value } from './value.js';

/** Same elements, or some of them, in another order: bounds and exactness stay. */
const rearranging = (name: string, make: (x: Value, choice: number) => Pick<Made, 'shape' | 'run' | 'note'> | undefined): Operation => ({
  name, arity: 1,
  make: ([x], choice) => {
    const made = x!.shape.length === 0 ? undefined : make(x!, choice);
    return made && limited({ dtype: x!.dtype, low: x!.low, high: x!.high, exact: x!.exact, ...made });
  },
});

/** The permutation with that number. */
function permutation(rank: number, choice: number): number[] {
  const left = Array.from({ length: rank }, (_, i) => i);
  let rest = choice;
  return Array.from({ length: rank }, () => {
    const [picked] = left.splice(rest % left.length, 1);
    rest = Math.floor(rest / (left.length + 1));
    return picked!;
  });
}

const moves: readonly Operation[] = [
  rearranging('transpose', ({ shape }, choice) => {
    const order = permutation(shape.length, choice);
    return { shape: order.map((axis) => shape[axis]!), run: (x) => tf.transpose(x, order), note: `[${order.join()}]` };
  }),
  rearranging('reshape', (x, choice) => {
    const [axis] = axisOf(x, choice);
    const shape = axis === 0 ? [sizeOf(x.shape)] : [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))];
    return { shape, run: (a) => tf.reshape(a, shape), note: `[${shape.join()}]` };
  }),
  rearranging('expandDims', (x, choice) => {
    const [axis] = axisOf(x, choice);
    return { shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)], run: (a) => tf.expandDims(a, axis), note: `axis ${axis}` };
  }),
  rearranging('slice', (x, choice) => {
    const [axis, rest] = axisOf(x, choice);
    const length = x.shape[axis]!;
    const [begin, size] = [rest % length, 1 + (Math.floor(rest / length) % (length - (rest % length)))];
    return { shape: replaced(x.shape, axis, size), run: (a) => tf.slice(a, x.shape.map((_, i) => (i === axis ? begin : 0)), replaced(x.shape, axis, size)), note: `axis ${axis} from ${begin} size ${size}` };
  }),
  rearranging('everySecond', (x, choice) => {
    const [axis] = axisOf(x, choice);
    const strides = x.shape.map((_, i) => (i === axis ? 2 : 1));
    return { shape: replaced(x.shape, axis, Math.ceil(x.shape[axis]! / 2)), run: (a) => tf.stridedSlice(a, x.shape.map(() => 0), [...x.shape], strides), note: `axis ${axis}` };
  }),
  rearranging('reverse', (x, choice) => ({ shape: x.shape, run: (a) => tf.reverse(a, axisOf(x, choice)[0]), note: `axis ${axisOf(x, choice)[0]}` })),
  rearranging('tile', (x, choice) => {
    const [axis] = axisOf(x, choice);
    return { shape: replaced(x.shape, axis, 2 * x.shape[axis]!), run: (a) => tf.tile(a, x.shape.map((_, i) => (i === axis ? 2 : 1))), note: `axis ${axis}` };
  }),
  rearranging('mirrorPad', (x, choice) => {
    const [axis] = axisOf(x, choice);
    return { shape: replaced(x.shape, axis, x.shape[axis]! + 2), run: (a) => tf.mirrorPad(a, x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0])), 'symmetric'), note: `axis ${axis}` };
  }),
  rearranging('split', (x, choice) => {
    const [axis, rest] = axisOf(x, choice);
    const length = x.shape[axis]!;
    return length % 2 === 0 ? { shape: replaced(x.shape, axis, length / 2), run: (a) => tf.split(a, 2, axis)[rest % 2]!, note: `axis ${axis} part ${rest % 2}` } : undefined;
  }),
  rearranging('gatherSome', (x, choice) => {
    const [axis, rest] = axisOf(x, choice);
    const places = [rest % x.shape[axis]!, 0, x.shape[axis]! - 1];
    return { shape: replaced(x.shape, axis, 3), run: (a) => tf.gather(a, tf.tensor1d(places, 'int32'), axis), note: `axis ${axis} at ${places.join()}` };
  }),
];

const padded: Operation = {
  name: 'pad', arity: 1,
  make: ([x], choice) => {
    if (x!.shape.length === 0 || x!.dtype === 'bool') return undefined;
    const [axis, rest] = axisOf(x!, choice);
    const [before, after] = [rest % 2, 1 + (Math.floor(rest / 2) % 2)];
    const run = (a: tf.Tensor): tf.Tensor => tf.pad(a, x!.shape.map((_, i): [number, number] => (i === axis ? [before, after] : [0, 0])), 1);
    return limited({ ...x!, shape: replaced(x!.shape, axis, x!.shape[axis]! + before + after), low: Math.min(1, x!.low), high: Math.max(1, x!.high), run, note: `axis ${axis} by ${before}, ${after}` });
  },
};

const concatenated: Operation = {
  name: 'concat', arity: 2,
  make: ([a, b], choice) => {
    if (a!.shape.length === 0 || a!.dtype !== b!.dtype || a!.shape.length !== b!.shape.length) return undefined;
    const [axis] = axisOf(a!, choice);
    if (!a!.shape.every((length, i) => i === axis || length === b!.shape[i])) return undefined;
    const value = { low: Math.min(a!.low, b!.low), high: Math.max(a!.high, b!.high), exact: a!.exact && b!.exact };
    return limited({ dtype: a!.dtype, shape: replaced(a!.shape, axis, a!.shape[axis]! + b!.shape[axis]!), ...value, run: (x, y) => tf.concat([x, y], axis), note: `axis ${axis}` });
  },
};

/** Rows of `x` chosen by integers known to be within range. */
const gathered: Operation = {
  name: 'gather', arity: 2,
  make: ([x, i]) => {
    const suits = i!.dtype === 'int32' && x!.shape.length > 0 && i!.low >= 0 && i!.high < x!.shape[0]!;
    return suits ? limited({ ...x!, shape: [...i!.shape, ...x!.shape.slice(1)], run: (a, b) => tf.gather(a, b) }) : undefined;
  },
};

const oneHot: Operation = {
  name: 'oneHot', arity: 1,
  make: ([x]) => (x!.dtype === 'int32' && x!.shape.length > 0 ? limited({ dtype: 'float32', shape: [...x!.shape, 3], low: 0, high: 1, exact: true, run: (i) => tf.oneHot(i, 3, 1, 0, 'float32') }) : undefined),
};

const argMax: Operation = {
  name: 'argMax', arity: 1,
  make: ([x]) => {
    if (!x!.exact || x!.dtype === 'bool' || x!.shape.length === 0) return undefined;
    return limited({ dtype: 'int32', shape: x!.shape.slice(0, -1), low: 0, high: x!.shape.at(-1)! - 1, exact: true, run: (a) => tf.argMax(a, -1) });
  },
};

/** Sums along an axis, and what is built on them; the number of elements widens the bounds. */
const reduction = (name: string, run: (x: tf.Tensor, axis: number, keepDims: boolean) => tf.Tensor, bounds: (x: Value, count: number) => readonly [number, number], suits = isFloat): Operation => ({
  name, arity: 1,
  make: ([x], choice) => {
    if (x!.shape.length === 0 || !suits(x!)) return undefined;
    const [axis, rest] = axisOf(x!, choice);
    const keepDims = rest % 2 === 1;
    const shape = keepDims ? replaced(x!.shape, axis, 1) : x!.shape.filter((_, i) => i !== axis);
    const [low, high] = bounds(x!, x!.shape[axis]!);
    return limited({ dtype: x!.dtype, shape, low, high, exact: x!.dtype === 'int32', run: (a) => run(a, axis, keepDims), note: `axis ${axis}${keepDims ? ' kept' : ''}` });
  },
});

/** Along the last axis, shape kept. */
const scan = (name: string, run: (x: tf.Tensor) => tf.Tensor, bounds: (x: Value) => readonly [number, number]): Operation => ({
  name, arity: 1,
  make: ([x]) => {
    if (x!.shape.length === 0 || !isFloat(x!)) return undefined;
    const [low, high] = bounds(x!);
    return limited({ dtype: 'float32', shape: x!.shape, low, high, exact: false, run });
  },
});

const times = ({ low, high }: Value, count: number): readonly [number, number] => [Math.min(0, low * count), Math.max(0, high * count)];
const same = ({ low, high }: Value): readonly [number, number] => [low, high];

const reductions: readonly Operation[] = [
  reduction('sum', (x, axis, keep) => tf.sum(x, axis, keep), times, (x) => x.dtype !== 'bool'), reduction('mean', (x, axis, keep) => tf.mean(x, axis, keep), same),
  reduction('max', (x, axis, keep) => tf.max(x, axis, keep), same, (x) => x.dtype !== 'bool'), reduction('min', (x, axis, keep) => tf.min(x, axis, keep), same, (x) => x.dtype !== 'bool'),
  reduction('prod', (x, axis, keep) => tf.prod(x, axis, keep), () => [-10, 10], (x) => isFloat(x) && x.low >= -1.4 && x.high <= 1.4 && Math.max(...x.shape) <= 6),
  reduction('logSumExp', (x, axis, keep) => tf.logSumExp(x, axis, keep), ({ low, high }, count) => [low, high + Math.log(count)]),
  scan('softmax', (x) => tf.softmax(x), () => [0, 1]), scan('logSoftmax', (x) => tf.logSoftmax(x), (x) => [x.low - x.high - Math.log(x.shape.at(-1)!), 0]),
  scan('cumsum', (x) => tf.cumsum(x, x.rank - 1), (x) => times(x, x.shape.at(-1)!)), scan('topk', (x) => tf.topk(x, x.shape.at(-1)).values, same),
];

const matMul: Operation = {
  name: 'matMul', arity: 2,
  make: ([a, b], choice) => {
    if (!isFloat(a!) || !isFloat(b!) || a!.shape.length < 2 || b!.shape.length !== 2) return undefined;
    const [turnA, turnB] = [choice % 2 === 1, Math.floor(choice / 2) % 2 === 1];
    const [rows, inner] = turnA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : [a!.shape.at(-2)!, a!.shape.at(-1)!];
    const [innerB, columns] = turnB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
    if (inner !== innerB) return undefined;
    const most = inner * Math.max(Math.abs(a!.low), Math.abs(a!.high)) * Math.max(Math.abs(b!.low), Math.abs(b!.high));
    const run = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.matMul(x, y, turnA, turnB);
    return limited({ dtype: 'float32', shape: [...a!.shape.slice(0, -2), rows, columns], low: -most, high: most, exact: false, run, note: `${turnA ? 'A^T' : 'A'} ${turnB ? 'B^T' : 'B'}` });
  },
};

export const arrayOperations: readonly Operation[] = [...moves, padded, concatenated, gathered, oneHot, argMax, ...reductions, matMul, matMul];

import type { Node } from '../../graph/graph.js';
import type { LeftSide } from './canonical-left-sides.js';
import { broadcast, concat, f, g, matmul, max, mean, oneHot, reshape, slice, softmax, sum, transpose } from './expressions.js';

const complement = (x: Node): Node => f('sub', 1, x);
const gaussian = (x: Node): Node => f('exp', f('neg', f('square', x)));
const logSoftmax = (x: Node): Node => g('logSoftmax', { axis: 1 }, x);

/** A left side for each stabilising rule. */
export const stabilisingLeftSides: Readonly<Record<string, LeftSide>> = {
  'log-of-erfc': (x) => f('log', complement(f('erf', f('tanh', x)))), // beyond 1 the unoptimised side is off by more than 1e-6
  'gaussian-over-erfc': (x, y) => f('div', f('mul', y, gaussian(f('tanh', x))), complement(f('erf', f('tanh', x)))),
  'log-of-sigmoid': (x) => f('log', f('sigmoid', x)),
  'log-of-one-minus-sigmoid': (x) => f('log', complement(f('sigmoid', x))),
  'softplus-of-exponential': (x) => f('log1p', f('exp', x)),
  'log-of-one-plus': (x) => f('log', f('add', f('square', x), 1)),
  'log-of-one-minus': (x) => f('log', complement(f('tanh', x))),
  'exponential-minus-one': (x) => f('sub', f('exp', x), 1),
  'expm1-of-log1p': (x) => f('expm1', f('log1p', f('square', x))),
  'minus-softplus': (x) => f('sub', x, f('softplus', x)),
  'sigmoid-of-quotient': (x, y) => f('div', f('mul', f('exp', x), y), f('add', f('exp', x), 1)),
  'exponential-times-sigmoid': (x, y) => f('mul', f('mul', f('sigmoid', x), y), f('exp', f('neg', x))),
  'reciprocal-of-exponential': (x) => f('div', 1, f('exp', x)),
  'product-of-exponentials': (x, y) => f('mul', f('exp', x), f('exp', y)),
  'softmax-of-quotient': (x, y) => f('mul', f('div', f('exp', x), sum(f('exp', x))), y),
  'log-of-softmax': (x) => f('log', softmax(x)),
  'log-softmax-of-difference': (x) => f('sub', f('sub', x, max(x)), f('log', sum(f('exp', f('sub', x, max(x)))))),
  'softmax-of-shifted': (x) => softmax(f('sub', x, max(x))),
  'exponential-of-log-softmax': (x) => f('exp', logSoftmax(x)),
  'sum-of-softmax': (x) => sum(softmax(x)),
  'index-of-softmax': (x) => g('argMax', { axis: 1 }, softmax(x)),
  'log-of-picked-softmax': (x, y) => f('log', g('gather', { axis: 0 }, reshape(softmax(x), 6), g('argMax', { axis: 1 }, y))),
  'log-of-one-hot-sum': (x, y) => f('log', sum(f('mul', oneHot(y), softmax(x)), [1], false)),
  'share-of-one-hot': (x, y) => f('div', f('mul', oneHot(y), softmax(x)), sum(f('mul', oneHot(y), softmax(x)))),
  'binary-cross-entropy': (x, y) => f('add', f('mul', y, f('softplus', f('neg', x))), f('mul', complement(y), f('softplus', x))),
  'log-sum-exp': (x) => f('log', sum(f('exp', x), [1], false)),
  'log-of-exponentials': (x, y) => f('log', f('add', f('exp', x), f('exp', y))),
  'product-of-roots': (x) => f('mul', f('sqrt', f('exp', x)), f('sqrt', f('exp', x))),
  'product-of-reciprocal-roots': (x) => f('mul', f('rsqrt', f('softplus', x)), f('rsqrt', f('softplus', x))),
  'divided-by-own-root': (x) => f('div', f('softplus', x), f('sqrt', f('softplus', x))),
  'root-divided-by-own': (x) => f('div', f('sqrt', f('softplus', x)), f('softplus', x)),
};

const three = (x: Node): Node => reshape(x, 1, 2, 3);
const image = (x: Node): Node => broadcast(reshape(x, 1, 1, 2, 3), 5, 1, 2, 3);
const convolution = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

/** A left side for each special rule and for those of matrix products. */
export const specialLeftSides: Readonly<Record<string, LeftSide>> = {
  square: (x) => f('mul', f('tanh', x), f('tanh', x)),
  reciprocal: (x) => f('div', 1, f('softplus', x)),
  mean: (x) => f('div', sum(x), 3),
  'stepped-by-self': (x) => f('mul', x, g('step', { alpha: 0 }, x)),
  'scale-out-of-product': (x, y) => matmul(f('mul', x, mean(y, [0, 1], false)), slice(transpose(y, 1, 0), [0, 0], [3, 1])),
  'scale-across-product': (x, y) => matmul(f('mul', reshape(concat(0, x, y), 6, 2), 0.5), y),
  'scale-into-product': (x, y) => f('mul', matmul(slice(three(x), [0, 0, 0], [1, 2, 1]), concat(2, slice(three(y), [0, 0, 0], [1, 1, 3]), slice(three(x), [0, 1, 0], [1, 2, 3]))), 0.5),
  'scale-into-filter': (x, y) => f('mul', g('conv', convolution, image(x), reshape(slice(y, [0, 0], [1, 2]), 2, 1, 1, 1)), 0.5),
  'transposed-product': (x, y) => transpose(matmul(x, y, true, false), 1, 0),
  'product-of-sum': (x, y, z) => f('add', matmul(x, y, true, false), matmul(x, z, true, false)),
  'sum-of-products': (x, y, z) => f('add', matmul(x, y, true, false), matmul(y, z, true, false)),
  'matmul-transposes': (x, y) => matmul(transpose(x, 1, 0), y),
};

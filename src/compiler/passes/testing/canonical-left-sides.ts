import type { Node } from '../../graph/graph.js';
import { broadcast, clip, concat, f, full, g, mean, oneHot, pad, reshape, slice, sum, transpose } from './expressions.js';

/** A graph that a rule is made for, over float32 [2,3] operands. */
export type LeftSide = (x: Node, y: Node, z: Node) => Node;

const ones = (...shape: readonly number[]): Node => full(1, ...shape);
const isAbove = (x: Node, y: Node): Node => f('greater', x, y);
const toBool = (x: Node): Node => g('cast', { to: 'bool' }, x);

const shapes: Readonly<Record<string, LeftSide>> = {
  'cast-to-own-type': (x) => g('cast', { to: 'float32' }, x),
  'cast-there-and-back': (x, y) => g('cast', { to: 'bool' }, g('cast', { to: 'float32' }, isAbove(x, y))),
  'cast-of-cast': (x, y) => g('cast', { to: 'float32' }, g('cast', { to: 'int32' }, isAbove(x, y))),
  'reshape-to-own-shape': (x) => reshape(x, 2, 3),
  'reshape-of-reshape': (x) => reshape(reshape(x, 3, 2), 6),
  'reshape-of-reduction': (x) => reshape(sum(x), 2),
  'reshape-of-function': (x) => reshape(f('tanh', sum(x, [1], false)), 2, 1),
  'reshape-of-single-value': (x) => reshape(broadcast(sum(x, [0, 1]), 2, 3), 6),
  'transpose-by-identity': (x) => transpose(x, 0, 1),
  'transpose-of-ones': (x) => transpose(sum(x), 1, 0),
  'transpose-of-transpose': (x, y) => transpose(transpose(reshape(concat(0, x, y), 2, 2, 3), 2, 0, 1), 2, 0, 1),
  'broadcast-to-own-shape': (x) => broadcast(x, 2, 3),
  'broadcast-of-broadcast': (x) => broadcast(broadcast(sum(x), 2, 3), 4, 2, 3),
  'tile-once': (x) => g('tile', { repeats: [1, 1] }, x),
  'tile-of-ones': (x) => g('tile', { repeats: [1, 3] }, sum(x)),
  'reverse-twice': (x) => g('reverse', { axes: [1] }, g('reverse', { axes: [1] }, x)),
  'reverse-of-ones': (x) => g('reverse', { axes: [1] }, sum(x)),
  'operand-broadcast': (x, y) => f('mul', broadcast(sum(x), 2, 3), y),
  'function-of-broadcast': (x) => f('tanh', broadcast(sum(x), 2, 3)),
  'function-of-broadcasts': (x, y) => f('add', broadcast(sum(x), 2, 3), broadcast(sum(y), 2, 3)),
  'reduced-broadcast': (x) => sum(broadcast(mean(x), 2, 3)),
  'reduction-of-ones': (x) => sum(mean(x)),
  'reduction-of-reduction': (x) => sum(sum(x, [1]), [0]),
  'factor-out-of-sum': (x, y) => sum(f('div', f('mul', x, mean(y)), 4)),
  'sum-of-reshaped': (x) => sum(transpose(x, 1, 0), [0, 1], false),
};

const slices: Readonly<Record<string, LeftSide>> = {
  'slice-of-all': (x) => slice(x, [0, 0], [2, 3]),
  'slice-of-slice': (x) => slice(slice(x, [0, 1], [2, 3]), [1, 0], [2, 1]),
  'slice-of-concat': (x, y) => slice(concat(1, x, y), [0, 1], [2, 3]),
  'slice-of-pad': (x) => slice(pad(x, [0, 1], [0, 1]), [0, 2], [2, 3]),
  'slice-of-broadcast': (x) => slice(broadcast(sum(x), 2, 3), [0, 1], [2, 3]),
  'slice-of-function': (x) => slice(f('tanh', x), [0, 1], [2, 3]),
  'pad-by-nothing': (x) => pad(x, [0, 0], [0, 0]),
  'pad-of-pad': (x) => pad(pad(x, [0, 1], [0, 0]), [1, 0], [0, 2]),
  'concat-of-one': (x) => concat(0, x),
  'concat-of-concat': (x, y, z) => concat(1, concat(1, x, y), z),
  'concat-of-slices': (x) => concat(1, slice(x, [0, 0], [2, 1]), slice(x, [0, 1], [2, 3])),
  'sum-of-pads': (x, y) => f('add', pad(x, [0, 0], [0, 3]), pad(y, [0, 3], [0, 0])),
};

const signsAndNeutralOperands: Readonly<Record<string, LeftSide>> = {
  'add-zero': (x) => f('add', x, full(0, 4, 2, 3)),
  'subtract-zero': (x) => f('sub', x, 0),
  'zero-minus': (x) => f('sub', full(0, 2, 3), x),
  'multiply-by-one': (x) => f('mul', ones(2, 3), x),
  'divide-by-one': (x) => f('div', x, 1),
  'multiply-by-minus-one': (x) => f('mul', x, -1),
  'divide-by-minus-one': (x) => f('div', x, -1),
  'subtract-itself': (x) => f('sub', clip(x, -1, 1), f('sub', f('sign', oneHot(x)), f('sign', oneHot(x)))),
  'divide-by-itself': (x) => f('div', f('sigmoid', x), f('sigmoid', x)),
  'multiply-by-zero': (x, y) => f('mul', g('cast', { to: 'float32' }, isAbove(x, y)), 0),
  'zero-divided': (x, y) => f('div', full(0, 2, 3), f('add', g('cast', { to: 'float32' }, isAbove(x, y)), 1)),
  'double-negation': (x) => f('neg', f('neg', x)),
  'add-negated': (x, y) => f('add', f('neg', x), y),
  'subtract-negated': (x, y) => f('sub', x, f('neg', y)),
  'negated-minus': (x, y) => f('sub', f('neg', x), y),
  'negated-difference': (x, y) => f('neg', f('sub', x, y)),
  'both-negated': (x, y) => f('mul', f('neg', x), f('neg', y)),
  'product-of-negated': (x, y) => f('mul', x, f('neg', y)),
  'negated-dividend': (x, y) => f('div', f('neg', x), f('exp', y)),
  'negated-divisor': (x, y) => f('div', x, f('neg', f('exp', y))),
  'negated-scaling': (x) => f('neg', f('mul', x, 3)),
  'square-of-negated': (x) => f('square', f('neg', x)),
  'absolute-of-negated': (x) => f('abs', f('neg', x)),
};

const choices: Readonly<Record<string, LeftSide>> = {
  'double-not': (x, y) => f('not', f('not', isAbove(x, y))),
  'not-equal': (x, y) => f('not', f('equal', x, y)),
  'compared-with-itself': (x) => f('less', x, x),
  'logical-idempotence': (x, y) => f('and', isAbove(x, y), isAbove(x, y)),
  'logical-neutral': (x, y) => f('or', isAbove(x, y), toBool(full(0, 2, 3))),
  'logical-absorbing': (x, y) => f('and', isAbove(x, y), toBool(full(0, 2, 3))),
  'choice-of-equals': (x, y) => f('select', isAbove(x, y), f('exp', x), f('exp', x)),
  'choice-by-constant': (x, y) => f('select', toBool(ones(2, 3)), x, y),
  'choice-by-negation': (x, y) => f('select', f('not', isAbove(x, y)), x, y),
  'choice-in-choice': (x, y, z) => f('select', isAbove(x, y), f('select', isAbove(x, y), x, y), z),
  'extreme-of-equals': (x) => f('maximum', f('exp', x), f('exp', x)),
  'extreme-twice': (x, y) => f('minimum', y, f('minimum', x, y)),
  'bounds-of-an-extreme': (x) => f('minimum', f('maximum', x, -0.5), 0.25),
  'maximum-with-zero': (x) => f('maximum', x, full(0, 2, 3)),
  'clip-from-zero': (x) => clip(x, 0, Infinity),
  'clip-of-clip': (x) => clip(clip(x, -1, 0.5), -0.5, 1),
  'clip-of-range': (x) => clip(f('sigmoid', x), -1, 1),
  'relu-of-non-negative': (x) => f('relu', f('exp', x)),
  'absolute-of-non-negative': (x) => f('abs', f('square', x)),
};

const powers: Readonly<Record<string, LeftSide>> = {
  'small-power': (x) => f('pow', x, 3),
  'root-of-square': (x) => f('sqrt', f('square', x)),
  'square-of-root': (x) => f('square', f('sqrt', f('abs', x))),
  'double-reciprocal': (x) => f('reciprocal', f('div', 1, f('softplus', x))),
  'reciprocal-of-root': (x) => f('div', 1, f('sqrt', f('exp', x))),
  'reciprocal-of-reciprocal-root': (x) => f('reciprocal', f('rsqrt', f('exp', x))),
  'logarithm-of-exponential': (x) => f('log', f('exp', x)),
  'exponential-of-logarithm': (x) => f('exp', f('log', f('square', x))),
  'divided-by-reciprocal': (x, y) => f('div', x, f('reciprocal', f('square', y))),
  'times-reciprocal': (x, y) => f('mul', x, f('reciprocal', f('softplus', y))),
};

const sumsAndProducts: Readonly<Record<string, LeftSide>> = {
  'constant-folding': (x) => f('mul', x, f('sqrt', f('add', full(1), 3))),
  'sum-of-constants': (x) => f('sub', 2, f('sub', x, 0.5)),
  'cancelled-terms': (x, y) => f('sub', f('add', f('tanh', oneHot(x)), y), f('tanh', oneHot(x))),
  'like-terms': (x, y) => f('add', f('add', f('mul', x, 0.25), y), f('mul', x, 0.5)),
  'small-terms-first': (x, y, z) => f('add', f('sub', x, mean(y)), mean(z)),
  'product-of-constants': (x) => f('div', f('mul', f('neg', x), 3), 7),
  'cancelled-factors': (x, y) => f('mul', f('div', x, f('sigmoid', y)), f('sigmoid', y)),
  'small-factors-first': (x, y, z) => f('mul', f('mul', x, mean(y)), mean(z)),
  'complement-products': (x, y) => f('sub', f('mul', f('sub', 1, x), y), f('mul', x, f('sub', 1, y))),
  'common-factor': (x, y, z) => f('sub', f('mul', f('mul', x, y), 2), f('mul', f('mul', z, y), 2)),
  'multiplied-out': (x, y) => f('mul', f('sub', f('div', x, f('exp', y)), y), f('exp', y)),
};

/** A left side for each canonical rule and for folding. */
export const canonicalLeftSides: Readonly<Record<string, LeftSide>> = { ...sumsAndProducts, ...shapes, ...slices, ...signsAndNeutralOperands, ...choices, ...powers };

import type { LeftSide } from './canonical-left-sides.js';
import { f, full, g, matmul, mean, slice, softmax, sum } from './expressions.js';

export interface RefusedLeftSide {
  readonly left: LeftSide;
  /** What the refusal says. */
  readonly reason: RegExp;
}

/** Graphs that have the shape of a rule's left side and that the rule refuses. */
export const refusedLeftSides: Readonly<Record<string, RefusedLeftSide>> = {
  'multiply-by-zero': { left: (x) => f('mul', x, 0), reason: /lose NaN/ },
  'zero-divided': { left: (x) => f('div', full(0, 2, 3), x), reason: /divisor may be 0/ },
  'subtract-itself': { left: (x) => f('sub', x, x), reason: /lose NaN/ },
  'divide-by-itself': { left: (x) => f('div', x, x), reason: /divisor may be 0/ },
  'cancelled-terms': { left: (x, y) => f('sub', f('add', x, y), x), reason: /lose NaN/ },
  'cancelled-factors': { left: (x, y) => f('div', f('mul', x, y), x), reason: /divisor may be 0/ },
  'compared-with-itself': { left: (x) => f('equal', x, x), reason: /NaN, which is not equal/ },
  'exponential-of-logarithm': { left: (x) => f('exp', f('log', x)), reason: /negative/ },
  'square-of-root': { left: (x) => f('square', f('sqrt', x)), reason: /negative/ },
  'product-of-roots': { left: (x) => f('mul', f('sqrt', x), f('sqrt', x)), reason: /negative/ },
  'expm1-of-log1p': { left: (x) => f('expm1', f('log1p', x)), reason: /below -1/ },
  'softmax-of-shifted': { left: (x, y) => softmax(f('sub', x, mean(y))), reason: /shift may be NaN/ },
  'softmax-of-quotient': { left: (x) => f('div', f('exp', x), sum(f('exp', x), [0, 1])), reason: /one axis, not 2/ },
  'cast-there-and-back': { left: (x) => g('cast', { to: 'float32' }, g('cast', { to: 'int32' }, x)), reason: /does not hold every value/ },
  'clip-of-clip': { left: (x) => g('clip', { min: 2, max: 3 }, g('clip', { min: 0, max: 1 }, x)), reason: /do not meet/ },
  'negated-difference': { left: (x, y) => f('mul', f('neg', f('sub', x, y)), f('sub', x, y)), reason: /another reader/ },
  'product-of-negated': { left: (x, y) => f('mul', x, f('neg', mean(y))), reason: /larger tensor/ },
  'product-of-constants': { left: (x) => f('mul', f('mul', x, 1e30), 1e30), reason: /outside float32/ },
  'exponential-of-log-softmax': { left: (x) => f('add', f('exp', g('logSoftmax', { axis: 1 }, x)), g('logSoftmax', { axis: 1 }, x)), reason: /another reader/ },
  'slice-of-function': { left: (x) => f('add', slice(f('tanh', x), [0, 0], [2, 1]), f('tanh', x)), reason: /another reader/ },
  'sum-of-products': { left: (x, y, z) => f('add', matmul(slice(x, [0, 0], [2, 1]), slice(y, [0, 0], [2, 1]), true), matmul(slice(y, [0, 0], [2, 1]), slice(z, [0, 0], [2, 1]), true)), reason: /copy more/ },
};

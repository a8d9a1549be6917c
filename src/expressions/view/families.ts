import type { Primitive } from '../../compiler/graph/primitives.js';

/** Kinds of operations that a person tells apart by colour. */
export type Family = 'input' | 'shared' | 'constant' | 'elementwise' | 'logic' | 'linear' | 'reduction' | 'shape' | 'indexing' | 'recurrence';

export const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  input: 'input', shared: 'shared variable', constant: 'constant', elementwise: 'element by element', logic: 'comparison and choice',
  linear: 'matrix product, convolution', reduction: 'along axes', shape: 'shape', indexing: 'places', recurrence: 'recurrence',
};

const MEMBERS = {
  input: ['input'],
  shared: ['state'],
  constant: ['constant'],
  elementwise: [
    'neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal', 'square', 'floor', 'ceil', 'round', 'sigmoid', 'tanh', 'relu',
    'softplus', 'erf', 'sin', 'cos', 'asin', 'acos', 'atan', 'asinh', 'acosh', 'atanh', 'leakyRelu', 'elu', 'clip', 'step', 'cast', 'add', 'sub', 'mul',
    'div', 'pow', 'maximum', 'minimum', 'mod', 'floorDiv', 'bitwiseAnd',
  ],
  logic: ['not', 'isNaN', 'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'select'],
  linear: ['matmul', 'conv', 'convInputGradient', 'convFilterGradient', 'blockedConv'],
  reduction: [
    'reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd', 'argMax', 'argMin', 'softmax', 'logSoftmax', 'cumsum', 'topK', 'topKIndices',
    'maxPool', 'avgPool', 'maxPoolGradient', 'maxPoolIndices', 'avgPoolGradient',
  ],
  shape: ['toBlocked', 'fromBlocked', 'reshape', 'transpose', 'broadcastTo', 'concat', 'slice', 'pad', 'reverse', 'tile'],
  indexing: ['gather', 'segmentSum', 'replaceRows', 'oneHot'],
  recurrence: ['scan'],
} as const satisfies Readonly<Record<Family, readonly Primitive[]>>;

/** A primitive without a family does not compile. */
type Missing = Exclude<Primitive, (typeof MEMBERS)[Family][number]>;
const complete: [Missing] extends [never] ? true : Missing = true;

const families = new Map<Primitive, Family>(
  complete && Object.entries(MEMBERS).flatMap(([family, members]) => members.map((op) => [op, family as Family] as const)),
);

export const familyOf = (op: Primitive): Family => families.get(op)!;

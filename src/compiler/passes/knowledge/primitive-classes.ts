import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import type { Plain } from '../rewriting/rewriting.js';

/** Operations of one operand that act on each element alone. */
const UNARY: ReadonlySet<Primitive> = new Set<Primitive>([
  'neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal', 'square', 'floor', 'ceil', 'round', 'sigmoid', 'tanh',
  'relu', 'softplus', 'erf', 'sin', 'cos', 'asin', 'acos', 'atan', 'asinh', 'acosh', 'atanh', 'not', 'isNaN', 'leakyRelu', 'elu', 'clip', 'step', 'cast',
]);

/** Operations of several operands that act on each element alone and broadcast. They have no attributes. */
const BROADCASTING: ReadonlySet<Primitive> = new Set<Primitive>([
  'add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'mod', 'floorDiv', 'equal', 'notEqual', 'less', 'lessEqual', 'greater',
  'greaterEqual', 'and', 'or', 'bitwiseAnd', 'select',
]);

const REDUCTIONS: ReadonlySet<Primitive> = new Set<Primitive>(['reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd']);

export const isUnary = (node: Node): boolean => UNARY.has(node.op);
export const isBroadcasting = (node: Node): node is Extract<Node, { op: Plain }> => BROADCASTING.has(node.op);
export const isElementwise = (node: Node): boolean => UNARY.has(node.op) || BROADCASTING.has(node.op);

export type Reducing = 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd';
export const isReduction = (node: Node): node is Extract<Node, { op: Reducing }> => REDUCTIONS.has(node.op);

export const UNARY_OPERATIONS = [...UNARY];
export const BROADCASTING_OPERATIONS = [...BROADCASTING];
export const REDUCING_OPERATIONS: readonly Reducing[] = ['reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd'];

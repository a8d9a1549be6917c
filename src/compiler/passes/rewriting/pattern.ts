import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import { CONSTANT_LIKE, isFilledWith, uniformValue } from '../knowledge/constants.js';
import { COMMUTATIVE } from './interning.js';
import type { Plain } from './rewriting.js';

/** Nodes by the variables of a pattern. */
export type Match<V extends string> = Readonly<Record<V, Node>>;

type Bound = Record<string, Node>;

/**
 * The left side of an equation as a value. `V` are its variables; a variable that occurs twice stands for one node, which is
 * one computation since equal nodes are merged.
 */
export interface Pattern<V extends string> {
  /** Operations that a fitting node has; any where left out. */
  readonly ops?: readonly Primitive[] | undefined;
  /** One of these is an operand of a fitting node. */
  readonly operandOps?: readonly Primitive[] | undefined;
  /** Whether the node fits as far as its own operation tells. */
  readonly admits: (node: Node) => boolean;
  /** Calls `next` for each way in which an admitted node fits. */
  readonly match: (node: Node, bound: Bound, next: () => boolean) => boolean;
  /** Not present at run time: carries the names of the variables. */
  readonly variables?: V;
}

/** Any node. */
export function variable<V extends string>(name: V): Pattern<V> {
  return {
    admits: () => true,
    match(node, bound, next) {
      const found = bound[name];
      if (found !== undefined) return found === node && next();
      bound[name] = node;
      if (next()) return true;
      delete bound[name];
      return false;
    },
  };
}

/** A node that satisfies a condition. */
export const where = <V extends string>(pattern: Pattern<V>, holds: (node: Node) => boolean): Pattern<V> =>
  ({ ...pattern, admits: (node) => pattern.admits(node) && holds(node) });

/** A node that fits a pattern, by a name of its own. */
export function named<V extends string, W extends string>(name: V, pattern: Pattern<W>): Pattern<V | W> {
  const whole = variable(name);
  return { ...pattern, match: (node, bound, next) => whole.match(node, bound, () => pattern.match(node, bound, next)) };
}

/** A tensor whose elements all are a known number; seen through broadcasts and reshapes. */
export const number = (value: number): Pattern<never> => ({ ops: CONSTANT_LIKE, admits: (node) => isFilledWith(node, value), match: (_, __, next) => next() });

/** A tensor whose elements all are one known number. */
export const someNumber = <V extends string>(name: V): Pattern<V> =>
  ({ ...where(variable(name), (node) => uniformValue(node) !== undefined), ops: CONSTANT_LIKE });

const unary = (op: Plain) => <V extends string>(x: Pattern<V>): Pattern<V> => ({
  ops: [op],
  operandOps: x.ops,
  admits: (node) => node.op === op && x.admits(node.inputs[0]!),
  match: (node, bound, next) => x.match(node.inputs[0]!, bound, next),
});

/** Commutative operations fit with their operands in either order. */
const binary = (op: Plain) => <V extends string, W extends string>(a: Pattern<V>, b: Pattern<W>): Pattern<V | W> => {
  const commutes = COMMUTATIVE.has(op);
  const admits = (left: Node, right: Node): boolean => a.admits(left) && b.admits(right);
  return {
    ops: [op],
    operandOps: a.ops ?? b.ops,
    admits: ({ op: found, inputs: [left, right] }) => found === op && (admits(left!, right!) || (commutes && admits(right!, left!))),
    match(node, bound, next) {
      const [left, right] = node.inputs as [Node, Node];
      const fits = (first: Node, second: Node): boolean => admits(first, second) && a.match(first, bound, () => b.match(second, bound, next));
      return fits(left, right) || (commutes && fits(right, left));
    },
  };
};

export const [neg, abs, exp, expm1, log, log1p, sqrt, rsqrt, reciprocal, square, sigmoid, relu, softplus, erf, not] = [
  unary('neg'), unary('abs'), unary('exp'), unary('expm1'), unary('log'), unary('log1p'), unary('sqrt'), unary('rsqrt'), unary('reciprocal'),
  unary('square'), unary('sigmoid'), unary('relu'), unary('softplus'), unary('erf'), unary('not'),
];

export const [add, sub, mul, div, maximum, and, or] = [
  binary('add'), binary('sub'), binary('mul'), binary('div'), binary('maximum'), binary('and'), binary('or'),
];

/** The nodes of the variables of the first pattern that fits. */
export function matchAny<V extends string>(patterns: readonly Pattern<V>[], node: Node): Match<V> | undefined {
  for (const pattern of patterns) {
    if (!pattern.admits(node)) continue;
    const bound: Bound = {};
    if (pattern.match(node, bound, () => true)) return bound as Match<V>;
  }
  return undefined;
}

import type { Node } from '../../graph/graph.js';
import { isFilledWith, uniformValue } from './constants.js';

/** Whether a = -b, as far as their last operations tell: -b, y - x for x - y, x * -c for x * c. */
export function isNegation(a: Node, b: Node): boolean {
  if ((a.op === 'neg' && a.inputs[0] === b) || (b.op === 'neg' && b.inputs[0] === a)) return true;
  if (a.op !== b.op || a.inputs.length !== 2) return false;
  const [p, q, r, s] = [a.inputs[0]!, a.inputs[1]!, b.inputs[0]!, b.inputs[1]!];
  if (a.op === 'sub') return p === s && q === r;
  if (a.op !== 'mul' && a.op !== 'div') return false;
  const [c, d] = [uniformValue(q), uniformValue(s)];
  return p === r && c !== undefined && d !== undefined && c === -d;
}

/** -x, without an operation where x is one already. */
export const negated = (x: Node, neg: (x: Node) => Node): Node => (x.op === 'neg' ? x.inputs[0]! : neg(x));

/** `of` where node = 1 - of. */
export function complementOf(node: Node): Node | undefined {
  return node.op === 'sub' && isFilledWith(node.inputs[0]!, 1) ? node.inputs[1] : undefined;
}

/** node = sigmoid(x), or 1 - sigmoid(x) where `reversed`. */
interface Sigmoid {
  readonly x: Node;
  readonly reversed: boolean;
}

/** `node` as a sigmoid or the complement of one. */
export function asSigmoid(node: Node): Sigmoid | undefined {
  if (node.op === 'sigmoid') return { x: node.inputs[0]!, reversed: false };
  const inner = complementOf(node);
  return inner?.op === 'sigmoid' ? { x: inner.inputs[0]!, reversed: true } : undefined;
}

/** Whether two sigmoids or complements of sigmoids are equal (`reversed` false) or add up to 1. */
function related(a: Node, b: Node, reversed: boolean): boolean {
  const [p, q] = [asSigmoid(a), asSigmoid(b)];
  if (p === undefined || q === undefined) return false;
  const differ = (p.reversed !== q.reversed) !== reversed;
  return differ ? isNegation(p.x, q.x) : p.x === q.x; // sigmoid(-x) = 1 - sigmoid(x)
}

/** Whether two nodes have one value: the same node, or sigmoid(-x) and 1 - sigmoid(x). */
export const isSameValue = (a: Node, b: Node): boolean => a === b || related(a, b, false);

/** Whether a + b = 1. */
export const isComplement = (a: Node, b: Node): boolean => complementOf(a) === b || complementOf(b) === a || related(a, b, true);

import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import { asSigmoid } from './complements.js';
import { isAlwaysFinite, isNonNegative, valueRange } from './value-range.js';

const ALWAYS: ReadonlySet<Primitive> = new Set<Primitive>(['exp', 'sigmoid', 'softmax', 'softplus']);

/** Positive where every operand is. */
const KEEPING: ReadonlySet<Primitive> = new Set<Primitive>([
  'mul', 'div', 'minimum', 'sqrt', 'rsqrt', 'reciprocal', 'square', 'reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd',
  'reshape', 'transpose', 'broadcastTo', 'slice', 'concat', 'reverse', 'tile',
]);

const DEPTH = 16;

const remembered = new WeakMap<Node, boolean>();

/**
 * Whether a node stands for numbers above 0 wherever its leaves are finite. In float32 such a number may still round to 0
 * or overflow: then quotients of such numbers are NaN by accident, and cancelling them puts that right.
 */
export function isPositive(node: Node, depth = DEPTH): boolean {
  const found = remembered.get(node);
  if (found !== undefined) return found;
  if (depth === 0 || node.dtype !== 'float32') return false;
  const derived = derive(node, depth);
  remembered.set(node, derived);
  return derived;
}

function derive(node: Node, depth: number): boolean {
  const [a, b, c] = node.inputs;
  const positive = (of: Node): boolean => isPositive(of, depth - 1);
  if (ALWAYS.has(node.op) || asSigmoid(node) !== undefined) return true;
  if (KEEPING.has(node.op)) return node.inputs.every(positive);
  switch (node.op) {
    case 'constant': return isAlwaysFinite(node) && valueRange(node).low > 0;
    case 'add': return (positive(a!) && (isNonNegative(b!) || positive(b!))) || (positive(b!) && isNonNegative(a!));
    case 'maximum': return positive(a!) || positive(b!);
    case 'select': return positive(b!) && positive(c!);
    case 'gather': return positive(a!);
    case 'clip': return node.attributes.min > 0;
    case 'step': return node.attributes.alpha > 0;
    case 'pad': return node.attributes.value > 0 && positive(a!);
    default: return false;
  }
}

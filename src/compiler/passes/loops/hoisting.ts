import { isLeaf } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import { bodyNodes, loopPass, newLeaf, withBody, type LoopDraft, type LoopEdit, type Operand } from './draft.js';
import type { Lifted } from './lift.js';
import { regrouped } from './regrouping.js';
import { constants, stateless } from './stateless.js';

/** Larger than their operands, or another view of them: not worth a sequence, or a fixed operand, of their own. */
const KEPT_SLICES: ReadonlySet<Primitive> = new Set<Primitive>(['reshape', 'broadcastTo', 'tile', 'oneHot']);
const KEPT_FIXED: ReadonlySet<Primitive> = new Set<Primitive>(['broadcastTo', 'tile']);

/** Work that is faster on whole sequences, and work that leaves less than it reads. */
const WORK: ReadonlySet<Primitive> = new Set<Primitive>([
  'matmul', 'conv', 'convInputGradient', 'maxPool', 'avgPool', 'reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd', 'argMax', 'argMin', 'gather',
]);

/**
 * Nodes with work behind them that depends on slices. Elementwise operations by themselves stay in the loop, where their
 * operands are in the cache: on sequences of 3 MB they took twice as long.
 */
function withWork(order: readonly Node[], moved: ReadonlyMap<Node, Lifted>): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (moved.get(node)?.stacked && (WORK.has(node.op) || node.inputs.some((input) => found.has(input)))) found.add(node);
  }
  return found;
}

/** Nodes that become operands: stateless ones that something with a state reads, past what is not worth moving. */
function frontier(draft: LoopDraft, order: readonly Node[], moved: ReadonlyMap<Node, Lifted>): Set<Node> {
  const worth = withWork(order, moved);
  const isWorth = (node: Node, { stacked }: Lifted): boolean => (stacked ? worth.has(node) && !KEPT_SLICES.has(node.op) : !KEPT_FIXED.has(node.op));
  const read = new Set<Node>([...draft.states.map(({ next }) => next), ...draft.stacks, ...(draft.until ? [draft.until] : [])]);
  const known = constants(order);
  const chosen = new Set<Node>();
  for (const node of order.toReversed()) {
    const lifted = moved.get(node);
    const isRead = read.has(node);
    if (lifted !== undefined && isRead && !isLeaf(node) && !known.has(node) && isWorth(node, lifted)) chosen.add(node);
    else if (lifted === undefined || isRead) node.inputs.forEach((input) => read.add(input));
  }
  return chosen;
}

/** Moves what no state enters in front of the loop, where it is one operation on whole sequences or on fixed values. */
const hoist: LoopEdit = (given) => {
  const { draft, at } = regrouped(given);
  const order = bodyNodes(draft);
  const moved = stateless(draft, order);
  const chosen = frontier(draft, order, moved);
  if (chosen.size === 0) return undefined;
  const sequences: Operand[] = [];
  const fixed: Operand[] = [];
  const replaced = new Map<Node, Node>();
  for (const node of order) {
    if (!chosen.has(node)) continue;
    const { value, stacked } = moved.get(node)!;
    const leaf = newLeaf(node);
    (stacked ? sequences : fixed).push({ leaf, value });
    replaced.set(node, leaf);
  }
  const changed = withBody(draft, replaced);
  return {
    draft: { ...changed.draft, sequences: [...draft.sequences, ...sequences], fixed: [...draft.fixed, ...fixed] },
    stack: (node, results) => results.stack(changed.at(at(node))),
  };
};

/** x_t W for all t in one product before the loop; the same for other work on sequences and on fixed operands. */
export const loopHoisting = loopPass({ name: 'loop-hoisting', equation: 'f(x_t) at every step, f(w) -> f(X), f(w) before the loop', values: 'rounding' }, [hoist]);

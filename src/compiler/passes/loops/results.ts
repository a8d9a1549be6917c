import { node as build } from '../../graph/build.js';
import { reachable, type Node } from '../../graph/graph.js';
import { bodyNodes, loopPass, type LoopDraft, type LoopEdit, type StateOperand } from './draft.js';
import { atEveryStep, Outside } from './outside.js';
import { SumOverSteps } from './sums.js';

/** A state to which every step adds, and which nothing else reads: s' = s + term, or s - term. */
interface Accumulator {
  readonly state: StateOperand;
  readonly op: 'add' | 'sub';
  readonly term: Node;
}

function accumulators(draft: LoopDraft): Accumulator[] {
  const order = bodyNodes(draft);
  const readers = (node: Node): number => order.reduce((count, each) => count + each.inputs.filter((input) => input === node).length, 0);
  return draft.states.flatMap((state): Accumulator[] => {
    const { leaf, next } = state;
    if (next.op !== 'add' && next.op !== 'sub') return [];
    const [a, b] = next.inputs as [Node, Node];
    const term = a === leaf ? b : b === leaf && next.op === 'add' ? a : undefined;
    const isOnlySummed = readers(leaf) === 1 && readers(next) === 0 && !draft.stacks.has(next) && !draft.stacks.has(leaf);
    const isCarriedTwice = draft.states.some((other) => other !== state && (other.next === next || other.next === leaf));
    return term && isOnlySummed && !isCarriedTwice ? [{ state, op: next.op, term }] : [];
  });
}

/** Nodes that the loop must compute when some of its states leave it. */
const nodesInside = ({ states, until }: LoopDraft, leaving: ReadonlySet<Node>): Node[] =>
  reachable([...states.filter(({ leaf }) => !leaving.has(leaf)).map(({ next }) => next), ...(until ? [until] : [])]);

/** The sums that can leave the loop together, by the leaf of their state, and how values are had outside then. */
function leavingSums(draft: LoopDraft): { outside: Outside; sums: Map<Node, Node> } {
  let candidates = accumulators(draft);
  for (;;) {
    const inside = new Set(nodesInside(draft, new Set(candidates.map(({ state }) => state.leaf))));
    const outside = new Outside(draft, inside, Array.from(draft.stacks).filter((node) => inside.has(node)));
    const totals = new SumOverSteps(outside, draft.steps, draft.site);
    const found = candidates.map((candidate) => ({ candidate, total: totals.of(candidate.term) }));
    const leaving = found.flatMap(({ candidate: { state, op }, total }): [Node, Node][] =>
      (total ? [[state.leaf, build(op, [state.value, total], {}, state.next.site)]] : []));
    if (leaving.length === candidates.length) return { outside, sums: new Map(leaving) };
    candidates = candidates.filter((_, i) => found[i]!.total !== undefined);
  }
}

/** Computes after the loop what only its results need: for all steps at once, from what the steps must compute anyway. */
const moveOut: LoopEdit = (draft) => {
  if (draft.until !== undefined) return undefined; // stacked results are 0 past the end: operations on them need not be
  const { outside, sums } = leavingSums(draft);
  const stacks = new Map(Array.from(draft.stacks, (node) => [node, atEveryStep(outside.value(node), draft)]));
  const needed = outside.stacksFor([...sums.values(), ...stacks.values()]);
  if (sums.size === 0 && Array.from(draft.stacks).every((node) => needed.has(node))) return undefined;
  return {
    draft: {
      ...draft,
      states: draft.states.filter(({ leaf }) => !sums.has(leaf)),
      finals: new Set(Array.from(draft.finals).filter((leaf) => !sums.has(leaf))),
      stacks: needed,
    },
    final: (leaf, results) => (sums.has(leaf) ? outside.resolved(sums.get(leaf)!, results) : undefined),
    stack: (node, results) => outside.resolved(stacks.get(node)!, results),
  };
};

/**
 * Work that no later step depends on leaves the loop: outputs h_t W become one product of all h, and sums of products,
 * as gradients of weights are, one product of the stacked factors.
 */
export const loopResults = loopPass({
  name: 'loop-results', equation: 'f(s_t) at every step, sum over t of a_t^T b_t -> f(S), A^T B after the loop', values: 'rounding',
}, [moveOut]);

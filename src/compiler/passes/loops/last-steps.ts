import { filled, node as build } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import { loopPass, newLeaf, type LoopDraft, type LoopEdit, type LoopResults, type StackReaders, type StateOperand } from './draft.js';

/** Most steps whose values are kept as states in place of a stack of all. */
const MOST_KEPT = 4;

/** How many of the last steps hold all that is read of a stack. */
function stepsRead(node: Node, { steps, reverse }: LoopDraft, readers: StackReaders): number {
  const counts = readers(node).map((reader) => {
    if (reader?.op !== 'slice') return Infinity;
    const { begin, end, strides } = reader.attributes;
    return strides[0]! <= 0 ? Infinity : reverse ? end[0]! : steps - begin[0]!;
  });
  return Math.max(...counts);
}

/** States that hold the values of a node of the body in the last `count` steps, the newest first; an existing one where there is. */
function kept(node: Node, count: number, states: readonly StateOperand[]): { held: readonly Node[]; added: readonly StateOperand[] } {
  const known = states.find(({ next }) => next === node);
  const leaves = Array.from({ length: count }, (_, i) => (i === 0 && known ? known.leaf : newLeaf(node)));
  const added = leaves.flatMap((leaf, i): StateOperand[] =>
    (leaf === known?.leaf ? [] : [{ leaf, value: filled(0, node.shape, node.dtype, node.site), next: i === 0 ? node : leaves[i - 1]! }]));
  return { held: leaves, added };
}

/** [steps, ...] with the values of the last steps in their places and 0 elsewhere. */
function padded(held: readonly Node[], { steps, reverse, site }: LoopDraft, results: LoopResults): Node {
  const values = held.map((leaf) => results.final(leaf)).map((value) => build('reshape', [value], { shape: [1, ...value.shape] }, site));
  const last = values.length === 1 ? values[0]! : build('concat', reverse ? values : values.toReversed(), { axis: 0 }, site);
  const others = last.shape.slice(1).map(() => 0);
  const missing = steps - values.length;
  return build('pad', [last], { before: [reverse ? 0 : missing, ...others], after: [reverse ? missing : 0, ...others], value: 0 }, site);
}

/** A stack of which only the last steps are read is not stored: the loop carries the values of these steps. */
const keepLast: LoopEdit = (draft, readers) => {
  if (draft.until !== undefined) return undefined; // the last positions need not be those of the last steps
  const counts = new Map(Array.from(draft.stacks, (node) => [node, stepsRead(node, draft, readers)]));
  const short = Array.from(draft.stacks).filter((node) => counts.get(node)! <= Math.min(MOST_KEPT, draft.steps - 1));
  if (short.length === 0) return undefined;
  const last = new Map(short.map((node) => [node, kept(node, counts.get(node)!, draft.states)]));
  const holders = [...last.values()];
  const changed: LoopDraft = {
    ...draft,
    states: [...draft.states, ...holders.flatMap(({ added }) => added)],
    finals: new Set([...draft.finals, ...holders.flatMap(({ held }) => held)]),
    stacks: new Set(Array.from(draft.stacks).filter((node) => !last.has(node))),
  };
  return {
    draft: changed,
    stack: (node, results) => (last.has(node) ? padded(last.get(node)!.held, draft, results) : undefined),
  };
};

/** Memory for the last steps of a result, whatever the number of steps, where no others are read. */
export const loopLastSteps = loopPass({ name: 'loop-last-steps', equation: 'slice of the last k of stacked steps -> slice of pad of k states', values: 'same' }, [keepLast]);

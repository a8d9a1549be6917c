import type { Node } from '../../graph/graph.js';
import { commonSubexpressions } from '../common-subexpressions.js';
import { withBody, type LoopDraft, type LoopEdit, type StateOperand } from './draft.js';

/** The leaf that stands for each state of a class: that of its first member. */
const representatives = (classes: readonly (readonly StateOperand[])[]): Map<Node, Node> =>
  new Map(classes.flatMap((members) => members.map(({ leaf }): [Node, Node] => [leaf, members[0]!.leaf])));

/** The next values of all states if the states of each class were one, equal values as one node. */
function nextValues(draft: LoopDraft, classes: readonly (readonly StateOperand[])[]): Map<StateOperand, Node> {
  const { states } = withBody({ ...draft, stacks: new Set(), until: undefined }, representatives(classes)).draft;
  const outputs = Object.fromEntries(states.map(({ next }, i) => [`s${i}`, next]));
  const merged = commonSubexpressions.run({ name: 'next values', inputs: [], state: [], outputs, updates: {} });
  return new Map(draft.states.map((state, i) => [state, merged.outputs[`s${i}`]!]));
}

/** Members of each list by key, in the order of their first member. */
function grouped<T, K>(lists: readonly (readonly T[])[], key: (member: T) => K): T[][] {
  return lists.flatMap((list) => {
    const groups = new Map<K, T[]>();
    for (const member of list) groups.set(key(member), [...(groups.get(key(member)) ?? []), member]);
    return [...groups.values()];
  });
}

/** Splits classes of states until the members of each have the same next value, assuming that they are equal. */
function classesOf(draft: LoopDraft): StateOperand[][] {
  let classes = grouped([draft.states], ({ value }) => value);
  for (let before = -1; before !== classes.length; ) {
    before = classes.length;
    const next = nextValues(draft, classes);
    classes = grouped(classes, (state) => next.get(state));
  }
  return classes;
}

/** States that start alike and go on alike are one state. */
export const equalStates: LoopEdit = (draft) => {
  if (new Set(draft.states.map(({ value }) => value)).size === draft.states.length) return undefined;
  const classes = classesOf(draft);
  if (classes.length === draft.states.length) return undefined;
  const representative = representatives(classes);
  const { draft: changed, at } = withBody(draft, representative);
  return {
    draft: {
      ...changed,
      states: changed.states.filter(({ leaf }) => representative.get(leaf) === leaf),
      finals: new Set(Array.from(draft.finals, (leaf) => representative.get(leaf)!)),
    },
    final: (leaf, results) => results.final(representative.get(leaf)!),
    stack: (node, results) => results.stack(at(node)),
  };
};

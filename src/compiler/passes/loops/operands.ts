import { filled, node as build } from '../../graph/build.js';
import { reachable, type Node } from '../../graph/graph.js';
import { constantBehind } from '../knowledge/constants.js';
import { bodyNodes, loopPass, newLeaf, withBody, type LoopDraft, type LoopEdit, type Operand } from './draft.js';

/** States that a result depends on, also through other states. */
function liveStates({ states, finals, stacks, until }: LoopDraft): LoopDraft['states'] {
  const live = new Set<Node>(finals);
  for (let before = -1; before !== live.size; ) {
    before = live.size;
    const read = new Set(reachable([...stacks, ...(until ? [until] : []), ...states.filter(({ leaf }) => live.has(leaf)).map(({ next }) => next)]));
    for (const { leaf } of states) if (read.has(leaf)) live.add(leaf);
  }
  return states.filter(({ leaf }) => live.has(leaf));
}

/** Drops states that no result depends on, and operands that the body does not read. */
const unused: LoopEdit = (draft) => {
  const states = liveStates(draft);
  const read = new Set(bodyNodes({ ...draft, states }));
  const reads = ({ leaf }: Operand): boolean => read.has(leaf);
  const [sequences, fixed] = [draft.sequences.filter(reads), draft.fixed.filter(reads)];
  const kept = states.length + sequences.length + fixed.length;
  return kept === draft.states.length + draft.sequences.length + draft.fixed.length ? undefined : { draft: { ...draft, states, sequences, fixed } };
};

/** A state that no step changes is a fixed operand: s' = s. */
const unchangedStates: LoopEdit = (draft) => {
  const same = draft.states.filter(({ leaf, next }) => next === leaf);
  if (same.length === 0) return undefined;
  const values = new Map<Node, Node>(same.map(({ leaf, value }) => [leaf, value]));
  const finals = new Set(Array.from(draft.finals).filter((leaf) => !values.has(leaf)));
  return {
    draft: { ...draft, finals, states: draft.states.filter(({ leaf }) => !values.has(leaf)), fixed: [...draft.fixed, ...same] },
    final: (leaf) => values.get(leaf),
  };
};

/** One leaf for all sequences, and one for all fixed operands, of equal value. */
export const repeatedOperands: LoopEdit = (draft) => {
  const replaced = new Map<Node, Node>();
  const distinct = (operands: readonly Operand[]): Operand[] => {
    const known = new Map<Node, Node>();
    return operands.filter(({ leaf, value }) => {
      const first = known.get(value);
      if (first === undefined) known.set(value, leaf);
      else replaced.set(leaf, first);
      return first === undefined;
    });
  };
  const [sequences, fixed] = [distinct(draft.sequences), distinct(draft.fixed)];
  if (replaced.size === 0) return undefined;
  const { draft: changed, at } = withBody(draft, replaced);
  return { draft: { ...changed, sequences, fixed }, stack: (node, results) => results.stack(at(node)) };
};

/** What a slice of a sequence is when every position holds the same: its value outside, with the leading axis gone. */
function repeatedSlice(value: Node): Node | undefined {
  if (value.op !== 'broadcastTo') return undefined;
  const [source] = value.inputs;
  const rank = value.shape.length;
  if (source!.shape.length < rank) return source;
  return source!.shape[0] === 1 ? build('reshape', [source!], { shape: source!.shape.slice(1) }, value.site) : undefined;
}

/** A sequence that repeats one value, and a fixed operand that is a constant, become part of the body. */
const constantOperands: LoopEdit = (draft) => {
  const replaced = new Map<Node, Node>();
  const added: Operand[] = [];
  for (const { leaf, value } of draft.sequences) {
    const constant = constantBehind(value);
    const repeated = repeatedSlice(value);
    if (constant?.attributes.value.length === 1) replaced.set(leaf, filled(constant.attributes.value[0]!, leaf.shape, leaf.dtype, leaf.site));
    else if (repeated !== undefined) {
      const whole = newLeaf(repeated);
      added.push({ leaf: whole, value: repeated });
      replaced.set(leaf, build('broadcastTo', [whole], { shape: leaf.shape }, value.site));
    }
  }
  for (const { leaf, value } of draft.fixed) if (constantBehind(value)) replaced.set(leaf, value);
  if (replaced.size === 0) return undefined;
  const { draft: changed, at } = withBody(draft, replaced);
  const stays = ({ leaf }: Operand): boolean => !replaced.has(leaf);
  return {
    draft: { ...changed, sequences: draft.sequences.filter(stays), fixed: [...draft.fixed.filter(stays), ...added] },
    stack: (node, results) => results.stack(at(node)),
  };
};

/** [...] -> [steps, ...], every position the same. */
const everywhere = (value: Node, { steps, site }: LoopDraft): Node => build('broadcastTo', [value], { shape: [steps, ...value.shape] }, value.site ?? site);

/** A stacked operand is known without the loop: a sequence as it is, a fixed value or a constant at every position. */
const stackedOperands: LoopEdit = (draft) => {
  if (draft.until) return undefined; // positions that are not reached must be 0
  const known = new Map<Node, Node>(draft.sequences.map(({ leaf, value }) => [leaf, value]));
  for (const { leaf, value } of draft.fixed) known.set(leaf, everywhere(value, draft));
  for (const node of draft.stacks) if (constantBehind(node)) known.set(node, everywhere(node, draft));
  const stacks = new Set(Array.from(draft.stacks).filter((node) => !known.has(node)));
  return stacks.size === draft.stacks.size ? undefined : { draft: { ...draft, stacks }, stack: (node) => known.get(node) };
};

/** Operands and results that a loop can do without. */
export const loopOperands = loopPass({
  name: 'loop-operands', equation: 'a loop -> one without unread, repeated, constant and unchanging operands', values: 'same',
}, [unused, unchangedStates, constantOperands, repeatedOperands, stackedOperands, unused]);

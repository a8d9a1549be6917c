import { inputLeaf, rebuild } from '../../graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../../graph/graph.js';
import { loopGroups, type LoopGroup } from '../../graph/loop.js';
import { commonSubexpressions } from '../common-subexpressions.js';
import { mapResults, type Pass } from '../pass.js';
import type { RewriteListener, RuleTitle } from '../rewriting/recorder.js';
import { mapBodies } from './bodies.js';
import { assemble, draftOf, editLoops, rewriteBody, type LoopDraft, type LoopEdit, type Operand } from './draft.js';
import { equalStates } from './equal-states.js';
import { repeatedOperands } from './operands.js';

/** The loops that each node depends on, its own included. */
function dependencies(order: readonly Node[], groups: ReadonlyMap<Node, LoopGroup>): Map<Node, ReadonlySet<LoopGroup>> {
  const found = new Map<Node, ReadonlySet<LoopGroup>>();
  for (const node of order) {
    const below = [...new Set(node.inputs.map((input) => found.get(input)!))].filter((set) => set.size > 0);
    const group = groups.get(node);
    found.set(node, group === undefined && below.length === 1 ? below[0]! : new Set([...below.flatMap((set) => [...set]), ...(group ? [group] : [])]));
  }
  return found;
}

/** Two loops over the same steps of which neither needs a result of the other. */
function mergeable(order: readonly Node[]): [LoopGroup, LoopGroup] | undefined {
  const groups = loopGroups(order);
  const candidates = [...new Set(groups.values())].filter(({ loop }) => loop.until === undefined);
  if (candidates.length < 2) return undefined;
  const needs = dependencies(order, groups);
  const reads = (a: LoopGroup, b: LoopGroup): boolean => a.operands.some((operand) => needs.get(operand)!.has(b));
  for (const [i, a] of candidates.entries()) {
    const { steps, reverse } = a.loop;
    const b = candidates.slice(i + 1).find((other) => other.loop.steps === steps && other.loop.reverse === reverse && !reads(a, other) && !reads(other, a));
    if (b !== undefined) return [a, b];
  }
  return undefined;
}

/** A loop over leaves of its own, since two groups may share one body. */
function overNewLeaves(draft: LoopDraft): ReturnType<typeof rewriteBody> {
  const all = [...draft.sequences, ...draft.states, ...draft.fixed];
  const renamed = new Map<Node, Operand['leaf']>(all.map(({ leaf }) => [leaf, inputLeaf(leaf.attributes.name, leaf)]));
  const { draft: copy, at } = rewriteBody(draft, (node, original) => renamed.get(original) ?? node);
  const over = <T extends Operand>(operands: readonly T[]): T[] => operands.map((operand) => ({ ...operand, leaf: renamed.get(operand.leaf)! }));
  const finals = new Set(Array.from(draft.finals, (leaf): Node => renamed.get(leaf)!));
  return { draft: { ...copy, sequences: over(copy.sequences), states: over(copy.states), fixed: over(copy.fixed), finals }, at: (node) => renamed.get(node) ?? at(node) };
}

/** The values of both loops' members, as results of one loop. */
function merged(groups: readonly [LoopGroup, LoopGroup]): Map<Node, Node> {
  const parts = groups.map((group) => {
    const draft = draftOf(group, group.operands);
    return { group, draft, copy: overNewLeaves(draft) };
  });
  const drafts = parts.map(({ copy }) => copy.draft);
  const joined: LoopDraft = {
    ...drafts[0]!,
    sequences: drafts.flatMap(({ sequences }) => sequences),
    states: drafts.flatMap(({ states }) => states),
    fixed: drafts.flatMap(({ fixed }) => fixed),
    finals: new Set(drafts.flatMap(({ finals }) => [...finals])),
    stacks: new Set(drafts.flatMap(({ stacks }) => [...stacks])),
  };
  const results = assemble(joined);
  return new Map(parts.flatMap(({ group: { loop, members }, draft, copy }) => members.map((member): [Node, Node] => {
    const { result, stacked } = member.attributes;
    if (stacked) return [member, results.stack(copy.at(loop.body.outputs[result]!))];
    return [member, results.final(copy.at(draft.states[loop.carried.indexOf(result)]!.leaf))];
  })));
}

const title: RuleTitle = { name: 'loop-merging', equation: 'two loops over the same steps -> one loop', values: 'same' };

/** Neither of two loops reads the other, so the operands of both stay as they are. */
function mergeLoops(graph: Graph, onRewrite?: RewriteListener): Graph {
  let current = graph;
  for (;;) {
    const order = topologicalOrder(current);
    const pair = mergeable(order);
    if (pair === undefined) return current;
    const values = merged(pair);
    for (const [member, value] of values) onRewrite?.(title, member, value);
    for (const node of order) if (!values.has(node)) values.set(node, rebuild(node, node.inputs.map((input) => values.get(input)!)));
    current = mapResults(current, (node) => values.get(node)!);
  }
}

const sharing = (graph: Graph): Graph => commonSubexpressions.run(mapBodies(graph, (body) => commonSubexpressions.run(body)));

/** Loops over the same steps become one, which computes once what they have in common. */
export const loopMerging: Pass = {
  name: title.name,
  rule: title,
  run(graph, onRewrite) {
    const edit = (current: Graph, edits: LoopEdit): Graph => editLoops(current, edits, title, onRewrite);
    return edit(sharing(edit(mergeLoops(graph, onRewrite), repeatedOperands)), equalStates);
  },
};

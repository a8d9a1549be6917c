import { inputLeaf, node as build, rebuild } from '../../graph/build.js';
import { reachable, topologicalOrder, type Graph, type Node, type NodeOf } from '../../graph/graph.js';
import { Loop, loopGroups, type LoopGroup } from '../../graph/loop.js';
import type { TensorSpec } from '../../tensors.js';
import { mapResults, type Pass } from '../pass.js';
import type { RewriteListener, RuleTitle } from '../rewriting/recorder.js';

/** A value of the graph around a loop and the leaf that stands for it in the body: whole, or one position of it. */
export interface Operand {
  readonly leaf: NodeOf<'input'>;
  readonly value: Node;
}

/** A state: its first value and, as a node of the body, its next one. */
export interface StateOperand extends Operand {
  readonly next: Node;
}

/** A loop taken apart: what is read of it are the last values of some states and some nodes of the body, stacked. */
export interface LoopDraft {
  readonly steps: number;
  readonly reverse: boolean;
  readonly sequences: readonly Operand[];
  readonly states: readonly StateOperand[];
  readonly fixed: readonly Operand[];
  readonly until: Node | undefined;
  /** Leaves of the states whose last value is read. */
  readonly finals: ReadonlySet<Node>;
  /** Nodes of the body that are read at every step. */
  readonly stacks: ReadonlySet<Node>;
  /** Call site of the loop, for what has none of its own. */
  readonly site: string | undefined;
}

/** The results of a loop after an edit, as nodes of the graph around it. */
export interface LoopResults {
  /** Last value of the state with this leaf. */
  final(leaf: Node): Node;
  /** [steps, ...] of a node of the body. */
  stack(node: Node): Node;
}

/** What an edit makes of a loop. A result that has no entry is that of the same leaf or node in the new draft. */
export interface Edited {
  readonly draft: LoopDraft;
  /** New values of results; called when the new loop exists. */
  final?(leaf: Node, results: LoopResults): Node | undefined;
  stack?(node: Node, results: LoopResults): Node | undefined;
}

/** Who reads a node of the body of the loop, once stacked; `undefined` is a result of the graph around the loop. */
export type StackReaders = (node: Node) => readonly (Node | undefined)[];

/** One rewrite of a loop; nothing where there is nothing to do. */
export type LoopEdit = (draft: LoopDraft, readers: StackReaders) => Edited | undefined;

/** Nodes of the body that the results, the next states and the end of the loop need. */
export const bodyNodes = ({ stacks, states, until }: LoopDraft): Node[] =>
  reachable([...stacks, ...states.map(({ next }) => next), ...(until ? [until] : [])]);

/** Takes a loop apart, over `operands` in place of its own. */
export function draftOf({ loop, members }: LoopGroup, operands: readonly Node[]): LoopDraft {
  const { steps, reverse, body, sequences, states, carried, until } = loop;
  const all = body.inputs.map((leaf, i): Operand => ({ leaf, value: operands[i]! }));
  const stateOperands = all.slice(sequences, sequences + states).map((operand, i): StateOperand => ({ ...operand, next: body.outputs[carried[i]!]! }));
  const finals = members.filter(({ attributes }) => !attributes.stacked).map(({ attributes }) => stateOperands[carried.indexOf(attributes.result)]!.leaf);
  const stacks = members.filter(({ attributes }) => attributes.stacked).map(({ attributes }) => body.outputs[attributes.result]!);
  return {
    steps, reverse,
    sequences: all.slice(0, sequences), states: stateOperands, fixed: all.slice(sequences + states),
    until: until === undefined ? undefined : body.outputs[until]!,
    finals: new Set(finals), stacks: new Set(stacks), site: members[0]!.site,
  };
}

/** What becomes of a node of a body: `copy` is the node over what its operands became, `at` says what others became. */
export type BodyRule = (copy: Node, original: Node, at: (node: Node) => Node) => Node;

/** Copies nodes by a rule, operands first; returns what each became. */
function copied(order: readonly Node[], rule: BodyRule): (node: Node) => Node {
  const copies = new Map<Node, Node>();
  const at = (node: Node): Node => copies.get(node) ?? node;
  for (const node of order) copies.set(node, rule(rebuild(node, node.inputs.map(at)), node, at));
  return at;
}

/** A draft whose body is rewritten, and what its nodes became. Leaves that go must have no reader left. */
export function rewriteBody(draft: LoopDraft, rule: BodyRule): { draft: LoopDraft; at: (node: Node) => Node } {
  const at = copied(bodyNodes(draft), rule);
  const states = draft.states.map((state) => ({ ...state, next: at(state.next) }));
  return { draft: { ...draft, states, until: draft.until && at(draft.until), stacks: new Set(Array.from(draft.stacks, at)) }, at };
}

/** A draft with some nodes of its body replaced. */
export const withBody = (draft: LoopDraft, replaced: ReadonlyMap<Node, Node>): ReturnType<typeof rewriteBody> =>
  rewriteBody(draft, (copy, original) => replaced.get(original) ?? copy);

/** Puts a loop together again, its leaves named by their place. */
export function assemble(draft: LoopDraft): LoopResults {
  const { steps, reverse, sequences, states, fixed, until, stacks, site } = draft;
  const numbered = (prefix: string, operands: readonly Operand[]): NodeOf<'input'>[] => operands.map(({ leaf }, i) => inputLeaf(`${prefix}${i}`, leaf));
  const operands = [...sequences, ...states, ...fixed];
  const leaves = [...numbered('x', sequences), ...numbered('s', states), ...numbered('w', fixed)];
  const named = new Map<Node, Node>(operands.map(({ leaf }, i) => [leaf, leaves[i]!]));
  const at = copied(bodyNodes(draft), (copy, original) => named.get(original) ?? copy);
  const stackNames = new Map(Array.from(stacks, (node, i) => [node, `y${i}`]));
  const outputs = Object.fromEntries([
    ...states.map(({ next }, i) => [`s${i}`, at(next)] as const),
    ...Array.from(stackNames, ([node, name]) => [name, at(node)] as const),
    ...(until ? [['until', at(until)] as const] : []),
  ]);
  const loop = new Loop({
    steps, reverse, sequences: sequences.length, states: states.length, carried: states.map((_, i) => `s${i}`),
    body: { name: 'loop', inputs: leaves, state: [], outputs, updates: {} },
    ...(until ? { until: 'until' } : {}),
  });
  const values = operands.map(({ value }) => value);
  const result = (name: string, stacked: boolean): Node => build('scan', values, { loop, result: name, stacked }, site);
  return {
    final: (leaf) => result(`s${states.findIndex((state) => state.leaf === leaf)}`, false),
    stack(node) {
      const name = stackNames.get(node);
      if (name === undefined) throw new Error('internal: a node of a loop is read that is not stacked');
      return result(name, true);
    },
  };
}

/** The values of a group's members after an edit; nothing where the edit has nothing to do. */
function applyEdit(group: LoopGroup, operands: readonly Node[], edit: LoopEdit, readers: ReadonlyMap<Node, readonly (Node | undefined)[]>): Map<Node, Node> | undefined {
  const { loop, members } = group;
  const before = draftOf(group, operands);
  const stackReaders: StackReaders = (node) =>
    members.flatMap((member) => (member.attributes.stacked && loop.body.outputs[member.attributes.result] === node ? readers.get(member)! : []));
  const edited = edit(before, stackReaders);
  if (edited === undefined) return undefined;
  const results = assemble(edited.draft);
  return new Map(members.map((member) => {
    const { result, stacked } = member.attributes;
    if (stacked) {
      const node = loop.body.outputs[result]!;
      return [member, edited.stack?.(node, results) ?? results.stack(node)];
    }
    const { leaf } = before.states[loop.carried.indexOf(result)]!;
    return [member, edited.final?.(leaf, results) ?? results.final(leaf)];
  }));
}

/** Readers of every node; `undefined` stands for a result of the graph. */
function readersOf(graph: Graph, order: readonly Node[]): Map<Node, (Node | undefined)[]> {
  const readers = new Map<Node, (Node | undefined)[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of node.inputs) readers.get(input)!.push(node);
  for (const node of [...Object.values(graph.outputs), ...Object.values(graph.updates)]) readers.get(node)!.push(undefined);
  return readers;
}

/**
 * Applies an edit to every loop of a graph; not to those in bodies of loops.
 * @param onRewrite is told of every result of a loop that the edit replaces.
 */
export function editLoops(graph: Graph, edit: LoopEdit, title: RuleTitle, onRewrite?: RewriteListener): Graph {
  const order = topologicalOrder(graph);
  const groups = loopGroups(order);
  if (groups.size === 0) return graph;
  const readers = readersOf(graph, order);
  const values = new Map<Node, Node>();
  for (const node of order) {
    if (values.has(node)) continue;
    const operands = node.inputs.map((input) => values.get(input)!);
    const edited = node.op === 'scan' ? applyEdit(groups.get(node)!, operands, edit, readers) : undefined;
    if (edited === undefined) values.set(node, rebuild(node, operands));
    else {
      for (const [member, value] of edited) {
        onRewrite?.(title, rebuild(member, operands), value);
        values.set(member, value);
      }
    }
  }
  return mapResults(graph, (node) => values.get(node)!);
}

/** A pass of edits in their order. */
export const loopPass = (title: RuleTitle, edits: readonly LoopEdit[]): Pass => ({
  name: title.name,
  rule: title,
  run: (graph, onRewrite) => edits.reduce((current, edit) => editLoops(current, edit, title, onRewrite), graph),
});

/** A leaf for a new operand; it gets its name when the loop is put together. */
export const newLeaf = (spec: TensorSpec): NodeOf<'input'> => inputLeaf('new', spec);

import { node as build, rebuild } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import { bodyNodes, loopPass, type LoopDraft, type LoopEdit } from './draft.js';

/** Loops of so few steps run as fast as plain operations, and these can be simplified across steps. */
const MOST_STEPS = 4;
const MOST_NODES = 400;

/** Position `index` of a sequence. */
function position(x: Node, index: number, site: string | undefined): Node {
  const rest = x.shape.slice(1);
  const part = build('slice', [x], { begin: [index, ...rest.map(() => 0)], end: [index + 1, ...rest], strides: x.shape.map(() => 1) }, site);
  return build('reshape', [part], { shape: rest }, site);
}

/** The values of the last step and, by position, those of the nodes that are stacked. */
function unrolled(draft: LoopDraft, order: readonly Node[]): { finals: Map<Node, Node>; stacks: Map<Node, Node[]> } {
  const { steps, reverse, sequences, states, fixed } = draft;
  let current = new Map<Node, Node>(states.map(({ leaf, value }) => [leaf, value]));
  const stacks = new Map<Node, Node[]>(Array.from(draft.stacks, (node) => [node, []]));
  for (let i = 0; i < steps; i++) {
    const index = reverse ? steps - 1 - i : i;
    const values = new Map<Node, Node>([...current, ...fixed.map(({ leaf, value }): [Node, Node] => [leaf, value])]);
    for (const { leaf, value } of sequences) values.set(leaf, position(value, index, draft.site));
    for (const node of order) if (!values.has(node)) values.set(node, rebuild(node, node.inputs.map((input) => values.get(input)!)));
    for (const [node, stack] of stacks) stack[index] = values.get(node)!;
    current = new Map(states.map(({ leaf, next }) => [leaf, values.get(next)!]));
  }
  return { finals: current, stacks };
}

function joined(values: readonly Node[], site: string | undefined): Node {
  const rows = values.map((value) => build('reshape', [value], { shape: [1, ...value.shape] }, site));
  return rows.length === 1 ? rows[0]! : build('concat', rows, { axis: 0 }, site);
}

/** The steps as operations of the graph around the loop. */
const unroll: LoopEdit = (draft) => {
  const order = bodyNodes(draft);
  if (draft.until !== undefined || draft.steps > MOST_STEPS || draft.steps * order.length > MOST_NODES) return undefined;
  const { finals, stacks } = unrolled(draft, order);
  return {
    draft: { ...draft, states: [], sequences: [], fixed: [], finals: new Set(), stacks: new Set() },
    final: (leaf) => finals.get(leaf),
    stack: (node) => joined(stacks.get(node)!, draft.site),
  };
};

/** Short loops are written out. */
export const loopUnrolling = loopPass({ name: 'loop-unrolling', equation: 'a loop of few steps -> its steps, one after the other', values: 'rounding' }, [unroll]);

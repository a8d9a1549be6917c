import { isLeaf, rebuild } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { LoopDraft } from './draft.js';
import { isLiftable, lift, type Lifted } from './lift.js';

/** The nodes of a body that no state enters, as values of the graph around the loop, for all steps at once. */
export function stateless(draft: LoopDraft, order: readonly Node[]): Map<Node, Lifted> {
  const found = new Map<Node, Lifted>();
  for (const { leaf, value } of draft.sequences) found.set(leaf, { value, stacked: true });
  for (const { leaf, value } of draft.fixed) found.set(leaf, { value, stacked: false });
  for (const node of order) {
    if (isLeaf(node) && node.op !== 'constant') continue;
    const operands = node.inputs.map((input) => found.get(input));
    if (!operands.every((operand) => operand !== undefined)) continue;
    if (operands.every(({ stacked }) => !stacked)) found.set(node, { value: rebuild(node, operands.map(({ value }) => value)), stacked: false });
    else if (isLiftable(node) && draft.until === undefined) { // an early end spares work that is not done ahead
      const value = lift(node, operands, draft.steps);
      if (value) found.set(node, { value, stacked: true });
    }
  }
  return found;
}

/** Nodes that depend on constants alone. */
export function constants(order: readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (node.op === 'constant' || (!isLeaf(node) && node.inputs.every((input) => found.has(input)))) found.add(node);
  }
  return found;
}

import { inputLeaf, isLeaf, node as build, rebuild } from '../../graph/build.js';
import { reachable, type Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import type { Shape } from '../../tensors.js';
import { bodyNodes, type LoopDraft, type LoopResults } from './draft.js';
import { isLiftable, lift, type Lifted } from './lift.js';
import { constants } from './stateless.js';

/** One of them over all steps is faster than one at each step, so that they are worth larger operands. */
const WORK: ReadonlySet<Primitive> = new Set<Primitive>(['matmul', 'conv', 'convInputGradient']);
const WORTH = 8;

/** Number of elements; a batch counts as 64. */
export const elements = (shape: Shape): number => shape.reduce((size, length) => size * (length < 0 ? 64 * -length : length), 1);

/**
 * How values of a body at all steps are had outside of the loop: stacked by it, or computed from what it stacks. Until
 * the loop is put together again, placeholders stand for what it stacks.
 */
export class Outside {
  private readonly values = new Map<Node, Lifted>();
  private readonly placeholders = new Map<Node, Node>();
  private readonly inside: ReadonlySet<Node>;

  /**
   * @param inside what the loop must compute in any case
   * @param stacked what it must stack in any case
   */
  constructor(private readonly draft: LoopDraft, inside: Iterable<Node>, stacked: Iterable<Node>) {
    this.inside = new Set(inside);
    for (const { leaf, value } of draft.sequences) this.values.set(leaf, { value, stacked: true });
    for (const { leaf, value } of draft.fixed) this.values.set(leaf, { value, stacked: false });
    for (const node of constants(bodyNodes(draft))) this.values.set(node, { value: node, stacked: false });
    for (const node of stacked) this.stack(node);
  }

  /** A node at all steps, computed where that does not make the loop stack more elements than the node has. */
  value(node: Node): Lifted {
    const found = this.values.get(node);
    if (found !== undefined) return found;
    const cost = this.operandsCost(node, new Map());
    const computed = cost <= elements(node.shape) * (WORK.has(node.op) ? WORTH : 1) ? this.computed(node) : undefined;
    if (computed === undefined) return this.stack(node);
    this.values.set(node, computed);
    return computed;
  }

  /** Elements for each step that the loop would have to stack for some nodes, beyond what it stacks anyway. */
  cost(nodes: readonly Node[]): number {
    const costs = new Map<Node, number>();
    return nodes.reduce((total, node) => total + this.costOf(node, costs), 0);
  }

  /** What the loop must stack for some values, which stand for themselves. */
  stacksFor(values: readonly Node[]): Set<Node> {
    const used = new Set(reachable(values));
    return new Set([...this.placeholders].flatMap(([node, placeholder]) => (used.has(placeholder) ? [node] : [])));
  }

  /** A value with the results of the loop in place of the placeholders. */
  resolved(value: Node, results: LoopResults): Node {
    const stacks = new Map(Array.from(this.placeholders, ([node, placeholder]) => [placeholder, node]));
    const copies = new Map<Node, Node>();
    for (const node of reachable([value])) {
      const stack = stacks.get(node);
      copies.set(node, stack ? results.stack(stack) : rebuild(node, node.inputs.map((input) => copies.get(input)!)));
    }
    return copies.get(value)!;
  }

  private stack(node: Node): Lifted {
    const placeholder = inputLeaf('stack', { dtype: node.dtype, shape: [this.draft.steps, ...node.shape] });
    this.placeholders.set(node, placeholder);
    const lifted = { value: placeholder, stacked: true };
    this.values.set(node, lifted);
    return lifted;
  }

  private computed(node: Node): Lifted | undefined {
    const operands = node.inputs.map((input) => this.value(input));
    if (operands.every(({ stacked }) => !stacked)) return { value: rebuild(node, operands.map(({ value }) => value)), stacked: false };
    const value = lift(node, operands, this.draft.steps);
    return value && { value, stacked: true };
  }

  private costOf(node: Node, costs: Map<Node, number>): number {
    if (this.values.has(node)) return 0;
    const known = costs.get(node);
    if (known !== undefined) return known;
    costs.set(node, Math.min(elements(node.shape), this.operandsCost(node, costs)));
    return costs.get(node)!;
  }

  private operandsCost(node: Node, costs: Map<Node, number>): number {
    if (isLeaf(node) || this.inside.has(node) || !isLiftable(node)) return Infinity;
    return node.inputs.reduce((total, input) => total + this.costOf(input, costs), 0);
  }
}

/** [...] -> [steps, ...], the same at every position; a stacked value as it is. */
export const atEveryStep = ({ value, stacked }: Lifted, { steps, site }: LoopDraft): Node =>
  (stacked ? value : build('broadcastTo', [value], { shape: [steps, ...value.shape] }, value.site ?? site));

import { isLeaf } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { isDynamic, sizeOf } from '../signature.js';
import { isImmediate } from './clusters.js';
import { whatPays, type LoopPolicy } from './costs.js';
import { isFusable } from './instructions.js';
import type { Loop, Sum } from './loop.js';

/**
 * When each node is computed: nodes of models at even levels, nodes of loops at odd ones. Whatever a level needs comes from lower levels, or from
 * the same level and kind.
 */
export interface Levels {
  readonly of: ReadonlyMap<Node, number>;
  /** Loops by level, in an order in which they can run. */
  readonly loops: ReadonlyMap<number, readonly Loop[]>;
}

/** What a reshape is a view of. */
export function sameBytes(node: Node): Node {
  return node.op === 'reshape' ? sameBytes(node.inputs[0]!) : node;
}

const isSum = (node: Node): node is Sum => node.op === 'reduceSum' && node.dtype === 'float32';

/** Groups of nodes that will be one loop: of one level and shape, and connected by what they read. */
class Partition {
  private readonly parent = new Map<Node, Node>();

  find(node: Node): Node {
    let root = node;
    for (let up = this.parent.get(root); up; up = this.parent.get(root)) root = up;
    return root;
  }

  join(a: Node, b: Node): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.parent.set(rootA, rootB);
  }
}

class LoopFinder {
  private readonly order: readonly Node[];
  private readonly places: ReadonlyMap<Node, number>;
  private readonly users = new Map<Node, Node[]>();
  private readonly results: ReadonlySet<Node>;

  constructor(graph: Graph, private readonly policy: LoopPolicy) {
    this.order = topologicalOrder(graph);
    this.places = new Map(this.order.map((node, i) => [node, i]));
    for (const node of this.order) for (const input of new Set(node.inputs)) this.users.set(input, [...(this.users.get(input) ?? []), node]);
    this.results = new Set([...Object.values(graph.outputs), ...Object.values(graph.updates)]);
  }

  /** Loops that pay; a group that does not goes back to the model, which may change the levels of others, so this is repeated. */
  run(): Levels {
    const fused = new Set(this.order.filter((node) => isFusable(node) && sizeOf(node.shape) >= this.policy.fewestElements));
    for (;;) {
      this.dropMasks(fused);
      const levels = this.levels(fused);
      if (this.dropLateMasks(fused, levels)) continue;
      const groups = this.groups(fused, levels);
      const losing = groups.filter((loop) => !this.policy.pays(loop));
      if (losing.length === 0) return { of: levels, loops: byLevel(groups, levels) };
      for (const loop of losing) for (const node of loop.nodes) fused.delete(node);
    }
  }

  /** Masks never leave a loop: who makes one for the model, or takes one from it, belongs to the model. */
  private dropMasks(fused: Set<Node>): void {
    for (let before = -1; before !== fused.size; ) {
      before = fused.size;
      for (const node of this.order) {
        if (!fused.has(node)) continue;
        const leaves = node.dtype === 'bool' && (this.results.has(node) || (this.users.get(node) ?? []).some((user) => !fused.has(user) || !sameShapeAs(user, node)));
        const enters = node.inputs.some((operand) => operand.dtype === 'bool' && !(fused.has(operand) && sameShapeAs(operand, node)));
        if (leaves || enters) fused.delete(node);
      }
    }
  }

  /** Drops masks that a later loop reads; @returns whether there were any. */
  private dropLateMasks(fused: Set<Node>, levels: ReadonlyMap<Node, number>): boolean {
    const late = [...fused].filter((node) => node.dtype === 'bool' && (this.users.get(node) ?? []).some((user) => levels.get(user) !== levels.get(node)));
    for (const node of late) fused.delete(node);
    return late.length > 0;
  }

  private levels(fused: ReadonlySet<Node>): Map<Node, number> {
    const levels = new Map<Node, number>();
    for (const node of this.order) {
      const loop = this.isInLoop(node, fused);
      const least = loop ? 1 : 0;
      const level = node.inputs.reduce((highest, operand) => {
        if (isLeaf(operand)) return highest;
        const below = levels.get(operand)!;
        const same = this.isInLoop(operand, fused) === loop;
        // A loop passes values on in registers, so only to nodes of its own shape; sums are complete when it has ended.
        const together = same && (!loop || (fused.has(operand) && sameShapeAs(operand, this.spaceOf(node))));
        return Math.max(highest, together ? below : same ? below + 2 : below + 1);
      }, least);
      levels.set(node, level);
    }
    this.postpone(levels, fused);
    return levels;
  }

  /**
   * What follows from leaves alone (filters in another order of axes, say) is computed where it is needed, not all of it at the start. Recurrences
   * stay: all of their results must be of one level, so that they run once.
   */
  private postpone(levels: Map<Node, number>, fused: ReadonlySet<Node>): void {
    const early = new Set<Node>();
    for (const node of this.order) {
      if (!isLeaf(node) && node.op !== 'scan' && !this.isInLoop(node, fused) && node.inputs.every((input) => isLeaf(input) || early.has(input))) early.add(node);
    }
    for (const node of this.order.toReversed()) {
      if (!early.has(node) || this.results.has(node)) continue;
      const needed = (this.users.get(node) ?? []).map((user) => levels.get(user)! - (this.isInLoop(user, fused) ? 1 : 0));
      levels.set(node, Math.min(...needed));
    }
  }

  private isInLoop(node: Node, fused: ReadonlySet<Node>): boolean {
    return fused.has(node) || (isSum(node) && fused.has(node.inputs[0]!));
  }

  /** The node whose shape a loop walks over to compute `node`. */
  private spaceOf(node: Node): Node {
    return isSum(node) ? node.inputs[0]! : node;
  }

  private groups(fused: ReadonlySet<Node>, levels: ReadonlyMap<Node, number>): Loop[] {
    const partition = new Partition();
    const readers = new Map<string, Node>();
    const members = this.order.filter((node) => this.isInLoop(node, fused));
    for (const node of members) {
      const level = levels.get(node)!;
      for (const operand of node.inputs) {
        if (this.isInLoop(operand, fused) && levels.get(operand) === level) partition.join(node, operand);
        else if (sizeOf(operand.shape) === sizeOf(this.spaceOf(node).shape)) this.joinReaders(partition, readers, operand, node, level);
      }
    }
    const groups = new Map<Node, Node[]>();
    for (const node of members) groups.set(partition.find(node), [...(groups.get(partition.find(node)) ?? []), node]);
    return [...groups.values()].map((nodes) => this.makeLoop(nodes));
  }

  /** Loops of one level and shape that read the same large tensor become one. */
  private joinReaders(partition: Partition, readers: Map<string, Node>, operand: Node, node: Node, level: number): void {
    const key = `${this.places.get(operand)!} ${level} ${this.spaceOf(node).shape.join()}`;
    const other = readers.get(key);
    if (other) partition.join(node, other);
    else readers.set(key, node);
  }

  private makeLoop(members: readonly Node[]): Loop {
    const inside = new Set(members);
    const sums = members.filter(isSum);
    const nodes = members.filter((node) => !isSum(node));
    const operands = new Set(nodes.flatMap(({ inputs }) => inputs.filter((input) => !inside.has(input) && !isImmediate(input))));
    const results = nodes.filter((node) => this.results.has(node) || (this.users.get(node) ?? []).some((user) => !inside.has(user)));
    return { shape: nodes[0]!.shape, nodes, operands: [...operands], results, sums };
  }
}

const sameShapeAs = (a: Node, b: Node): boolean => a.shape.join() === b.shape.join();

function byLevel(loops: readonly Loop[], levels: ReadonlyMap<Node, number>): Map<number, Loop[]> {
  const found = new Map<number, Loop[]>();
  for (const loop of loops) {
    const level = levels.get(loop.nodes[0]!)!;
    found.set(level, [...(found.get(level) ?? []), loop]);
  }
  return found;
}

/** Finds what is faster as loops than in the model; nothing in graphs whose shapes depend on the batch of the call. */
export function findLoops(graph: Graph, policy: LoopPolicy = whatPays): Levels | undefined {
  if (topologicalOrder(graph).some(({ shape }) => isDynamic(shape))) return undefined;
  const levels = new LoopFinder(graph, policy).run();
  return levels.loops.size > 0 ? levels : undefined;
}

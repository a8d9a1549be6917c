import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import type { Shape } from '../tensors.js';
import { isFusable } from './instructions.js';

/**
 * Elementwise nodes of one shape that compute new values of state tensors and nothing else. `tensors` (same shape) and
 * `scalars` (one element) are what they read; constants with one element are part of the code.
 */
export interface Cluster {
  readonly elements: number;
  /** State tensors and their new values. */
  readonly updates: readonly (readonly [state: string, value: Node])[];
  /** Operands before users. */
  readonly nodes: readonly Node[];
  readonly tensors: readonly Node[];
  readonly scalars: readonly Node[];
}

const elementCount = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((length, axis) => length === b[axis]);
export const isScalar = (node: Node): boolean => elementCount(node.shape) === 1;
export const isImmediate = (node: Node): boolean => node.op === 'constant' && node.dtype === 'float32' && isScalar(node);

/** Finds the maximal clusters; their updates can leave the graph. */
export function findClusters(graph: Graph): Cluster[] {
  const order = topologicalOrder(graph);
  const users = userMap(graph, order);
  const included = candidates(graph);
  dropSharedNodes(included, order, users);
  const updates = Object.entries(graph.updates).filter(([, value]) => included.has(value));
  const group = groups(included, updates);
  const byGroup = new Map<Node, (readonly [string, Node])[]>();
  for (const update of updates) {
    const key = group(update[1]);
    byGroup.set(key, [...(byGroup.get(key) ?? []), update]);
  }
  return [...byGroup.values()].map((members) => makeCluster(members, included));
}

/** Who reads each node; `undefined` stands for an output of the program. */
function userMap(graph: Graph, order: readonly Node[]): Map<Node, (Node | undefined)[]> {
  const users = new Map<Node, (Node | undefined)[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of node.inputs) users.get(input)!.push(node);
  for (const output of Object.values(graph.outputs)) users.get(output)!.push(undefined);
  return users;
}

/** Nodes that kernels can compute, reached from updates through such nodes of the same shape. */
function candidates(graph: Graph): Set<Node> {
  const found = new Set<Node>();
  for (const root of Object.values(graph.updates)) {
    const stack = root.dtype === 'float32' && elementCount(root.shape) > 1 ? [root] : [];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (found.has(node) || !sameShape(node.shape, root.shape) || !computable(node)) continue;
      found.add(node);
      stack.push(...node.inputs);
    }
  }
  return found;
}

/** Operands of the node's shape or with one element; bool operands only from inside the cluster. */
function computable(node: Node): boolean {
  return isFusable(node) && node.inputs.every((input) =>
    input.dtype === 'float32' ? sameShape(input.shape, node.shape) || isScalar(input) : sameShape(input.shape, node.shape) && computable(input));
}

/**
 * What the rest of the graph also needs is computed there, and so is what reads a bool tensor computed there. One sweep
 * from users to operands settles the former; the latter may share further nodes, hence the loop.
 */
function dropSharedNodes(included: Set<Node>, order: readonly Node[], users: Map<Node, (Node | undefined)[]>): void {
  for (let before = -1; before !== included.size; ) {
    before = included.size;
    for (const node of order.toReversed()) {
      const inner = users.get(node)!.every((user) => user !== undefined && included.has(user));
      if (!inner || node.inputs.some((input) => input.dtype === 'bool' && !included.has(input))) included.delete(node);
    }
  }
}

/**
 * Clusters are connected parts: through operands, and through a state tensor that one part reads and another replaces,
 * since updates happen in place. Returns a function from node to the representative of its part.
 */
function groups(included: ReadonlySet<Node>, updates: readonly (readonly [string, Node])[]): (node: Node) => Node {
  const parent = new Map<Node, Node>();
  const find = (node: Node): Node => {
    let root = node;
    while (parent.has(root)) root = parent.get(root)!;
    return root;
  };
  const join = (a: Node, b: Node): void => {
    const [rootA, rootB] = [find(a), find(b)];
    if (rootA !== rootB) parent.set(rootA, rootB);
  };
  const replaced = new Map(updates);
  for (const node of included) {
    for (const input of node.inputs) {
      const update = input.op === 'state' ? replaced.get(input.attributes.name) : undefined;
      if (included.has(input)) join(node, input);
      else if (update) join(node, update);
    }
  }
  return find;
}

function makeCluster(updates: readonly (readonly [string, Node])[], included: ReadonlySet<Node>): Cluster {
  const nodes: Node[] = [];
  const tensors = new Set<Node>();
  const scalars = new Set<Node>();
  const done = new Set<Node>();
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const input of node.inputs) {
      if (included.has(input)) visit(input);
      else if (!isScalar(input)) tensors.add(input);
      else if (!isImmediate(input)) scalars.add(input);
    }
    nodes.push(node);
  };
  for (const [, value] of updates) visit(value);
  return { elements: elementCount(updates[0]![1].shape), updates, nodes, tensors: [...tensors], scalars: [...scalars] };
}

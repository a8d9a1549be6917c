import type { DType, Shape } from '../tensors.js';
import type { Primitive, PrimitiveAttributes } from './primitives.js';

/** One operation and its single result; immutable. Identity is the object: rewriting makes new nodes. */
export interface NodeOf<P extends Primitive> {
  readonly op: P;
  readonly attributes: PrimitiveAttributes[P];
  readonly inputs: readonly Node[];
  readonly dtype: DType;
  readonly shape: Shape;
  /** Where the user's program asked for it, e.g. `convnet.ts:41`; kept through rewrites. */
  readonly site?: string;
}

export type Node = { [P in Primitive]: NodeOf<P> }[Primitive];

/** A program as data: named outputs and named state updates; everything reachable from them is the graph. */
export interface Graph {
  readonly name: string;
  /** Leaves in declaration order, whether used or not. */
  readonly inputs: readonly NodeOf<'input'>[];
  readonly state: readonly NodeOf<'state'>[];
  readonly outputs: Readonly<Record<string, Node>>;
  /** New values of state tensors; a state tensor without an entry keeps its value. */
  readonly updates: Readonly<Record<string, Node>>;
}

/** Every node that some root needs, operands before users; the order is deterministic. Iterative: graphs are deep. */
export function reachable(roots: Iterable<Node>): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const path: Node[] = [];
  const next: number[] = []; // the operand of each node of the path that is to be visited
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    path.push(node);
    next.push(0);
  };
  for (const root of roots) {
    enter(root);
    while (path.length > 0) {
      const node = path[path.length - 1]!;
      const place = next[next.length - 1]!++;
      if (place < node.inputs.length) {
        enter(node.inputs[place]!);
      } else {
        order.push(node);
        path.pop();
        next.pop();
      }
    }
  }
  return order;
}

/** The leaves of a graph and every node that its results need, operands before users. */
export const topologicalOrder = ({ inputs, state, outputs, updates }: Graph): Node[] =>
  reachable([...inputs, ...state, ...Object.values(outputs), ...Object.values(updates)]);

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

/** Every reachable node, operands before users; the order is deterministic. Iterative: graphs are deep. */
export function topologicalOrder(graph: Graph): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const roots: Node[] = [...graph.inputs, ...graph.state, ...Object.values(graph.outputs), ...Object.values(graph.updates)];
  for (const root of roots) {
    const stack: Node[] = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (state.get(node) === 'done') {
        stack.pop();
      } else if (state.get(node) === 'open') {
        state.set(node, 'done');
        order.push(node);
        stack.pop();
      } else {
        state.set(node, 'open');
        for (let i = node.inputs.length - 1; i >= 0; i--) {
          if (!state.has(node.inputs[i]!)) stack.push(node.inputs[i]!);
        }
      }
    }
  }
  return order;
}

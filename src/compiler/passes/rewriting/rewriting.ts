import { filled, node as build, scalar } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { None, Primitive, PrimitiveAttributes } from '../../graph/primitives.js';
import type { Operation } from '../../graph/rules/rule.js';
import type { DType, Shape } from '../../tensors.js';

/** Operations without attributes. */
export type Plain = { [P in Operation]: PrimitiveAttributes[P] extends None ? (None extends PrimitiveAttributes[P] ? P : never) : never }[Operation & Primitive];

/** Names what `Rewriting.remember` keeps. */
export class Memory<T> {
  declare readonly type: T;
}

/** What rules see of the graph, and builders of nodes that carry the site of the node that is being replaced. */
export class Rewriting {
  private readers = new Map<Node, number>();
  private readonly memories = new Map<Memory<unknown>, Map<Node, unknown>>();
  private site: string | undefined;

  /** @param dropsNaN whether rules may drop operands that could be NaN or infinite. */
  constructor(readonly dropsNaN: boolean) {}

  /** Starts a round with the readers of each node: nodes, and results of the graph. */
  begin(readers: Map<Node, number>): void {
    this.readers = readers;
    this.memories.clear();
  }

  /** Sets the node that rules are about to replace. */
  at(node: Node): void {
    this.site = node.site;
  }

  /** Counts the readers that the new nodes of a replacement have among themselves. */
  adopt(root: Node): void {
    const list = this.readers.has(root) ? [] : [root];
    const made = new Set<Node>(list);
    for (let node = list.pop(); node !== undefined; node = list.pop()) {
      for (const input of node.inputs) {
        if (made.has(input)) {
          this.readers.set(input, (this.readers.get(input) ?? 0) + 1);
        } else if (!this.readers.has(input)) {
          this.readers.set(input, 1);
          made.add(input);
          list.push(input);
        }
      }
    }
  }

  /** `result` has taken the place of `original`, and so has its readers. */
  replaced(original: Node, result: Node): void {
    if (original !== result) this.readers.set(result, (this.readers.get(result) ?? 0) + (this.readers.get(original) ?? 0));
  }

  /** How often a node is read; exact at the start of a round, later not too low for the nodes of the graph. */
  readersOf(node: Node): number {
    return this.readers.get(node) ?? 1;
  }

  /** Whether nothing else reads `node`, so that it goes when its reader is replaced. */
  isSingle(node: Node): boolean {
    return this.readersOf(node) <= 1;
  }

  /** `derive(node)`, computed once in a round. */
  remember<T>(memory: Memory<T>, node: Node, derive: (node: Node) => T): T {
    let known = this.memories.get(memory) as Map<Node, T> | undefined;
    if (known === undefined) this.memories.set(memory, (known = new Map<Node, T>()));
    let found = known.get(node);
    if (found === undefined) known.set(node, (found = derive(node)));
    return found;
  }

  node<P extends Operation>(op: P, inputs: readonly Node[], attributes: PrimitiveAttributes[P]): Node {
    return build(op, inputs, attributes, this.site) as Node;
  }

  /** A node of an operation without attributes. */
  apply(op: Plain, ...inputs: readonly Node[]): Node {
    return build(op, inputs, {}, this.site) as Node;
  }

  scalar(value: number, dtype: DType = 'float32'): Node {
    return scalar(value, dtype, this.site);
  }

  filled(value: number, shape: Shape, dtype: DType = 'float32'): Node {
    return filled(value, shape, dtype, this.site);
  }
}

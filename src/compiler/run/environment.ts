import { sameBytes } from '../fuse/index.js';
import { isLeaf } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import type { NamedHostTensors } from '../tensors.js';
import type { Buffer, SharedArena } from './arena.js';
import type { StateStore } from './state-store.js';

/**
 * Where kernels find what they read: state in place (it moves when a program swaps it), tensors between segments, constants, and copies of the
 * inputs of the call.
 */
export class Environment {
  private readonly copies = new Map<Node, Buffer>();

  constructor(private readonly arena: SharedArena, private readonly state: StateStore, private readonly cuts: ReadonlyMap<Node, Buffer>) {}

  /** Makes place for an operand; done for all of them before the first run, since growing memory moves it. */
  prepare(operand: Node): void {
    const source = sameBytes(operand);
    if (source.op !== 'input' && source.op !== 'constant') return;
    if (this.copies.has(source)) return;
    const buffer = this.arena.allocate({ dtype: source.dtype, shape: source.shape });
    if (source.op === 'constant') buffer.host.data.set(source.attributes.value);
    this.copies.set(source, buffer);
  }

  /** Copies the inputs of a call that kernels read. */
  enter(inputs: NamedHostTensors): void {
    for (const [node, buffer] of this.copies) if (node.op === 'input') buffer.host.data.set(inputs[node.attributes.name]!.data);
  }

  addressOf(operand: Node): number {
    const source = sameBytes(operand);
    if (source.op === 'state') return this.state.current(source.attributes.name).address;
    const buffer = isLeaf(source) ? this.copies.get(source) : this.cuts.get(source);
    if (!buffer) throw new Error(`internal: '${source.op}' has no memory that kernels can read`);
    return buffer.address;
  }
}


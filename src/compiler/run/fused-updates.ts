import { assembleKernel, kernelKey, loadKernel, rowWords, type Cluster, type Kernel } from '../fuse/index.js';
import { isLeaf } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import type { NamedHostTensors } from '../tensors.js';
import type { Buffer, SharedArena } from './arena.js';
import type { StateStore } from './state-store.js';

/** One cluster and where its table row is. */
interface Row {
  readonly cluster: Cluster;
  readonly address: number;
}

interface Batch {
  readonly kernel: Kernel;
  readonly table: number;
  readonly rows: readonly Row[];
}

/** What a computed value is a reshape of: kernels read the same bytes, and ONNX Runtime need not copy them. */
function sameBytes(node: Node): Node {
  const [operand] = node.inputs;
  return node.op === 'reshape' && !isLeaf(operand!) ? sameBytes(operand!) : node;
}

/**
 * The clusters of one program as WebAssembly kernels. What they read: state in place, `taps` (values that ONNX Runtime
 * computes) and inputs of the call from buffers of their own.
 */
export class FusedUpdates {
  /** Nodes that the ONNX model must output, and the buffers that it must write them to. */
  readonly taps: readonly Node[];
  readonly tapBuffers: readonly Buffer[];
  private readonly batches: readonly Batch[];
  private readonly buffers = new Map<Node, Buffer>();

  constructor(clusters: readonly Cluster[], private readonly arena: SharedArena, private readonly state: StateStore) {
    const leaves = new Set(clusters.flatMap(({ tensors, scalars }) => [...tensors, ...scalars]));
    const tapped = [...leaves].filter((node) => !isLeaf(node));
    this.taps = tapped.map(sameBytes);
    this.tapBuffers = this.taps.map(({ dtype, shape }) => arena.allocate({ dtype, shape }));
    tapped.forEach((node, i) => this.buffers.set(node, this.tapBuffers[i]!));
    for (const node of leaves) if (node.op === 'input' || node.op === 'constant') this.buffers.set(node, arena.allocate({ dtype: node.dtype, shape: node.shape }));
    for (const node of leaves) if (node.op === 'constant') this.buffers.get(node)!.host.data.set(node.attributes.value);
    const byKey = new Map<string, Cluster[]>();
    for (const cluster of clusters) byKey.set(kernelKey(cluster), [...(byKey.get(kernelKey(cluster)) ?? []), cluster]);
    this.batches = [...byKey.values()].map((members) => this.makeBatch(members));
  }

  /** Replaces the state in place; `inputs` are those of the call whose taps have just been computed. */
  run(inputs: NamedHostTensors): void {
    for (const [node, buffer] of this.buffers) {
      if (node.op === 'input') buffer.host.data.set(inputs[node.attributes.name]!.data);
    }
    const words = new Uint32Array(this.arena.memory.buffer);
    for (const { kernel, table, rows } of this.batches) {
      for (const { cluster, address } of rows) words.set(this.addresses(cluster), address / 4 + 1);
      kernel(table, rows.length);
    }
  }

  private makeBatch(members: readonly Cluster[]): Batch {
    const [first] = members;
    const bytes = 4 * rowWords(first!);
    const table = this.arena.reserve(bytes * members.length);
    const rows = members.map((cluster, i) => ({ cluster, address: table + i * bytes }));
    const words = new Uint32Array(this.arena.memory.buffer);
    for (const { cluster, address } of rows) words[address / 4] = Math.ceil(cluster.elements / 4) * 16;
    return { kernel: loadKernel(assembleKernel(first!), this.arena.memory), table, rows };
  }

  /** State may have been swapped by another program of the family: its addresses are looked up at each run. */
  private addresses({ tensors, scalars, updates }: Cluster): number[] {
    const reads = [...tensors, ...scalars].map((node) => (node.op === 'state' ? this.state.current(node.attributes.name) : this.buffers.get(node)!));
    return [...reads, ...updates.map(([name]) => this.state.current(name))].map(({ address }) => address);
  }
}

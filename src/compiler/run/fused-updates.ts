import { assembleKernel, kernelKey, loadKernel, rowWords, type Cluster, type Kernel } from '../fuse/index.js';
import type { KernelTimes } from '../program.js';
import { updateOperands } from '../schedule/plan.js';
import type { SharedArena } from './arena.js';
import type { Environment } from './environment.js';
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
  calls: number;
  milliseconds: number;
}

/** The state updates of one program as WebAssembly kernels, which replace the state in place. */
export class FusedUpdates {
  private readonly batches: readonly Batch[];

  constructor(clusters: readonly Cluster[], private readonly arena: SharedArena, private readonly state: StateStore, private readonly environment: Environment) {
    for (const operand of updateOperands(clusters)) environment.prepare(operand);
    const byKey = new Map<string, Cluster[]>();
    for (const cluster of clusters) byKey.set(kernelKey(cluster), [...(byKey.get(kernelKey(cluster)) ?? []), cluster]);
    this.batches = [...byKey.values()].map((members) => this.makeBatch(members));
  }

  run(): void {
    const words = new Uint32Array(this.arena.memory.buffer);
    for (const batch of this.batches) {
      const start = performance.now();
      for (const { cluster, address } of batch.rows) words.set(this.addresses(cluster), address / 4 + 1);
      batch.kernel(batch.table, batch.rows.length);
      batch.milliseconds += performance.now() - start;
      batch.calls += 1;
    }
  }

  /** What each kernel replaces and the time that it took, since the last time this was asked. */
  takeTimes(): KernelTimes[] {
    return this.batches.map((batch) => {
      const { calls, milliseconds, rows } = batch;
      [batch.calls, batch.milliseconds] = [0, 0];
      const updates = rows.flatMap(({ cluster }) => cluster.updates.map(([name]) => name));
      return { updates, operations: rows[0]!.cluster.nodes.map(({ op }) => op), calls, milliseconds };
    });
  }

  private makeBatch(members: readonly Cluster[]): Batch {
    const [first] = members;
    const bytes = 4 * rowWords(first!);
    const table = this.arena.reserve(bytes * members.length);
    const rows = members.map((cluster, i) => ({ cluster, address: table + i * bytes }));
    const words = new Uint32Array(this.arena.memory.buffer);
    for (const { cluster, address } of rows) words[address / 4] = Math.ceil(cluster.elements / 4) * 16;
    return { kernel: loadKernel(assembleKernel(first!), this.arena.memory), table, rows, calls: 0, milliseconds: 0 };
  }

  /** State may have been swapped by another program of the family: its addresses are looked up at each run. */
  private addresses({ tensors, scalars, updates }: Cluster): number[] {
    const reads = [...tensors, ...scalars].map((node) => this.environment.addressOf(node));
    return [...reads, ...updates.map(([name]) => this.state.current(name).address)];
  }
}

import type { HostTensor, NamedHostTensors, TensorSpec } from '../tensors.js';
import { heapArena, type Buffer } from './arena.js';

/** Buffers of one dtype and shape that are kept for later results; more are left to the garbage collector. */
const mostFree = 2;

const keyOf = ({ dtype, shape }: TensorSpec): string => `${dtype} ${shape.join('x')}`;

/**
 * Memory of results. Fresh memory costs page faults and garbage collections, for large results more than computing them: callers may give back
 * what they have read. A result that nobody gives back is the caller's for good.
 */
export class ResultMemory {
  private readonly free = new Map<string, Buffer[]>();
  private readonly lent = new WeakMap<HostTensor, Buffer>();

  take(spec: TensorSpec): Buffer {
    const buffer = this.free.get(keyOf(spec))?.pop() ?? heapArena.allocate(spec);
    this.lent.set(buffer.host, buffer);
    return buffer;
  }

  /** Takes back results that `take` gave; other tensors, and what was given back before, are left alone. */
  recycle(results: NamedHostTensors): void {
    for (const tensor of Object.values(results)) {
      const buffer = this.lent.get(tensor);
      if (!buffer || tensor.data.length === 0) continue; // the memory was transferred to another thread
      this.lent.delete(tensor);
      const known = this.free.get(keyOf(buffer.spec)) ?? [];
      this.free.set(keyOf(buffer.spec), known);
      if (known.length < mostFree) known.push(buffer);
    }
  }
}

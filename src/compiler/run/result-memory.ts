import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors, TensorSpec } from '../tensors.js';
import { HeapBuffer, type Buffer } from './arena.js';

/** Buffers of one dtype and shape that are kept for later results; more are left to the garbage collector. */
const mostFree = 2;
/** A megabyte of floats: remembering smaller results costs more than allocating them. */
const fewestElements = 262_144;

const keyOf = ({ dtype, shape }: TensorSpec): string => `${dtype} ${shape.join('x')}`;

/**
 * Memory of results. Fresh memory costs page faults and garbage collections, for large results more than computing them: callers may give back
 * what they have read, where it is large. A result that nobody gives back is the caller's for good.
 */
export class ResultMemory {
  private readonly free = new Map<string, Buffer[]>();
  private readonly lent = new WeakSet<HostTensor>();

  take(spec: TensorSpec): Buffer {
    if (sizeOf(spec.shape) < fewestElements) return HeapBuffer.allocate(spec);
    const buffer = this.free.get(keyOf(spec))?.pop() ?? HeapBuffer.allocate(spec);
    this.lent.add(buffer.host);
    return buffer;
  }

  /** Takes back results that `take` gave; other tensors, and what was given back before, are left alone. */
  recycle(results: NamedHostTensors): void {
    for (const tensor of Object.values(results)) {
      if (!this.lent.delete(tensor) || tensor.data.length === 0) continue; // without elements when it was transferred to another thread
      const known = this.free.get(keyOf(tensor)) ?? [];
      this.free.set(keyOf(tensor), known);
      if (known.length < mostFree) known.push(new HeapBuffer(tensor));
    }
  }
}

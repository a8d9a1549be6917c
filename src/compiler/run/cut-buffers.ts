import type { Node } from '../graph/graph.js';
import type { Cut } from '../schedule/schedule.js';
import { heapArena, paddedBytes, SharedArena, type Arena, type Buffer } from './arena.js';

/** A range of memory that cuts take turns in. */
interface Slot {
  readonly address: number;
  readonly bytes: number;
  /** The last segment that reads its present tensor. */
  busyUntil: number;
}

/** Memory larger than twice the need is left for others. */
const mostWaste = 2;

/**
 * Memory for the tensors between segments. A tensor takes the place of one that has been read for the last time, so that the peak is that of
 * the tensors alive at once.
 */
export function allocateCuts(cuts: Iterable<Cut>, arena: Arena): Map<Node, Buffer> {
  const buffers = new Map<Node, Buffer>();
  const slots: Slot[] = [];
  for (const { node, first, last } of [...cuts].sort((a, b) => a.first - b.first)) {
    const spec = { dtype: node.dtype, shape: node.shape };
    if (!(arena instanceof SharedArena)) {
      buffers.set(node, heapArena.allocate(spec));
      continue;
    }
    const bytes = paddedBytes(spec);
    const fitting = slots.filter((slot) => slot.busyUntil < first && slot.bytes >= bytes && slot.bytes <= mostWaste * bytes);
    const slot = fitting.toSorted((a, b) => a.bytes - b.bytes)[0] ?? { address: arena.reserve(bytes), bytes, busyUntil: -1 };
    if (slot.busyUntil === -1) slots.push(slot);
    slot.busyUntil = last;
    buffers.set(node, arena.at(slot.address, spec));
  }
  return buffers;
}

import type { Node } from '../../graph/graph.js';
import type { Shape } from '../../tensors.js';

/** Batch size at which sizes that depend on it are compared. */
const TYPICAL_BATCH = 32;

/** Number of elements; at a typical batch size where it depends on the batch. */
export function elements(shape: Shape): number {
  let count = 1;
  for (const length of shape) count *= length < 0 ? -length * TYPICAL_BATCH : length;
  return count;
}

/** Whether `a` has fewer elements than `b`. */
export const isSmaller = (a: Node, b: Node): boolean => elements(a.shape) < elements(b.shape);

import type { Graph, Node } from '../../compiler/graph/graph.js';
import { everyNode } from '../../compiler/graph/loop.js';
import { atBatch, sizeOf } from '../../compiler/signature.js';

const bytesPerElement = { float32: 4, int32: 4, bool: 1 } as const;

/** Operations whose result is their operand in another shape, or is written in no memory of its own. */
const FREE: ReadonlySet<Node['op']> = new Set(['input', 'state', 'constant', 'reshape', 'broadcastTo']);

/** Bytes of all results of a graph, inner ones included: an upper bound on what a call needs. */
export function resultBytes(graph: Graph, batch: number): number {
  return everyNode(graph).reduce((sum, { op, dtype, shape }) => (FREE.has(op) ? sum : sum + bytesPerElement[dtype] * sizeOf(atBatch(shape, batch))), 0);
}

import { loopGroups } from '../../src/compiler/graph/loop.js';
import { topologicalOrder, type Graph, type Node } from '../../src/compiler/graph/graph.js';
import { trace } from '../../src/compiler/trace/index.js';
import { sizeOf } from '../../src/compiler/signature.js';
import type { NamedSpecs } from '../../src/compiler/tensors.js';
import type { Workload } from '../workloads/index.js';

/** Multiplications and additions of one node; 0 for all but matrix products and convolutions. */
function flopsOf(node: Node): number {
  if (node.op === 'matmul') {
    const inner = node.inputs[0]!.shape.at(node.attributes.transposeA ? -2 : -1)!;
    return 2 * sizeOf(node.shape) * inner; // [..., M, N] x K
  }
  // All three: elements of [N, O, H', W'] x C / groups x kh x kw.
  if (node.op === 'conv') return 2 * sizeOf(node.shape) * sizeOf(node.inputs[1]!.shape.slice(1));
  if (node.op === 'convInputGradient') return 2 * sizeOf(node.inputs[0]!.shape) * sizeOf(node.inputs[1]!.shape.slice(1));
  if (node.op === 'convFilterGradient') return 2 * sizeOf(node.inputs[1]!.shape) * sizeOf(node.attributes.filterShape.slice(1));
  return 0;
}

export function graphFlops(graph: Graph): number {
  const order = topologicalOrder(graph);
  const loops = new Set([...loopGroups(order).values()].map(({ loop }) => loop));
  return order.reduce((sum, node) => sum + flopsOf(node), 0) + [...loops].reduce((sum, { steps, body }) => sum + steps * graphFlops(body), 0);
}

const withRows = (specs: NamedSpecs, rows: number): NamedSpecs =>
  Object.fromEntries(Object.entries(specs).map(([name, { dtype, shape }]) => [name, { dtype, shape: shape.map((length) => (length < 0 ? -length * rows : length)) }]));

/** Floating-point operations of one call in matrix products and convolutions, from the shapes of the traced programs. */
export const workloadFlops = ({ entries, stateSpecs, rows = 1 }: Workload): number =>
  Object.values(entries).reduce((sum, { program, inputs }) => sum + graphFlops(trace(program, { state: stateSpecs, inputs: withRows(inputs, rows) })), 0);

import type { Graph } from '../../compiler/graph/graph.js';
import { lowerToOnnx } from '../../compiler/lower/index.js';

/** A graph as an ONNX model in which every name stands once: an output that shares its name with a leaf is `output:<name>`. */
export function portableOnnx(graph: Graph): Uint8Array {
  const leaves = new Set([...graph.inputs, ...graph.state].map(({ attributes }) => attributes.name));
  const outputs = Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [leaves.has(name) ? `output:${name}` : name, node]));
  return lowerToOnnx({ ...graph, outputs });
}

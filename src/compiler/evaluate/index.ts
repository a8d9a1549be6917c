import * as tf from '@tensorflow/tfjs-core';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import type { Operation } from '../graph/rules/rule.js';
import { toHost, toTensor } from '../host-tensors.js';
import { checkTensors } from '../signature.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../tensors.js';
import { onBackend } from '../tfjs-backend.js';
import { arrayEvaluation } from './arrays.js';
import { elementwiseEvaluation } from './elementwise.js';
import { imageEvaluation } from './images.js';
import type { EvaluationRule, EvaluationRules } from './rule.js';

const rules: EvaluationRules<Operation> = { ...elementwiseEvaluation, ...arrayEvaluation, ...imageEvaluation };

/** Value of one node from the values of its operands. */
function valueOf(node: Node, operands: readonly tf.Tensor[], leaf: (kind: 'input' | 'state', name: string) => HostTensor, batch: number): tf.Tensor {
  if (node.op === 'constant') return toTensor({ dtype: node.dtype, shape: node.shape, data: node.attributes.value });
  if (node.op === 'input' || node.op === 'state') return toTensor(leaf(node.op, node.attributes.name));
  return (rules[node.op] as EvaluationRule<Operation>)(operands, node.attributes, batch);
}

const specsOf = (leaves: Graph['inputs'] | Graph['state']): NamedSpecs => Object.fromEntries(leaves.map((leaf) => [leaf.attributes.name, leaf]));

/**
 * Evaluates a graph operation by operation with eager TensorFlow.js `cpu`: what the primitives mean, for tests and for
 * constant folding. Slow.
 * @returns outputs, and the new values of the state tensors that the graph updates.
 * @throws tensor-missing, tensor-unknown, tensor-mismatch
 */
export function evaluate(graph: Graph, state: NamedHostTensors, inputs: NamedHostTensors): { outputs: NamedHostTensors; state: NamedHostTensors } {
  checkTensors(graph.name, 'state', specsOf(graph.state), state);
  const batch = checkTensors(graph.name, 'input', specsOf(graph.inputs), inputs) ?? 1;
  return onBackend('cpu', () => {
    tf.engine().startScope(graph.name);
    try {
      const values = new Map<Node, tf.Tensor>();
      for (const node of topologicalOrder(graph)) {
        const operands = node.inputs.map((input) => values.get(input)!);
        values.set(node, valueOf(node, operands, (kind, name) => (kind === 'input' ? inputs : state)[name]!, batch));
      }
      const read = (record: Readonly<Record<string, Node>>): NamedHostTensors =>
        Object.fromEntries(Object.entries(record).map(([name, node]) => [name, toHost(values.get(node)!)]));
      return { outputs: read(graph.outputs), state: read(graph.updates) };
    } finally {
      tf.engine().endScope();
    }
  });
}

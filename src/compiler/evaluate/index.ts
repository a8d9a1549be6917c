import * as tf from '@tensorflow/tfjs-core';
import type { Graph, Node } from '../graph/graph.js';
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

/** Values of nodes over the leaves of one graph, each computed once and kept; the graph may grow new nodes meanwhile. */
export class Evaluation {
  private readonly values = new Map<Node, HostTensor>();
  private readonly batch: number;

  /** @throws tensor-missing, tensor-unknown, tensor-mismatch */
  constructor(
    private readonly name: string,
    leaves: Pick<Graph, 'inputs' | 'state'>,
    private readonly state: NamedHostTensors,
    private readonly inputs: NamedHostTensors,
  ) {
    checkTensors(name, 'state', specsOf(leaves.state), state);
    this.batch = checkTensors(name, 'input', specsOf(leaves.inputs), inputs) ?? 1;
  }

  /** Iterative: graphs are deep. */
  valueOf(root: Node): HostTensor {
    return onBackend('cpu', () => {
      const list: Node[] = [root];
      while (list.length > 0) {
        const node = list.at(-1)!;
        const missing = this.values.has(node) ? [] : node.inputs.filter((input) => !this.values.has(input));
        if (missing.length > 0) {
          list.push(...missing);
        } else {
          if (!this.values.has(node)) this.values.set(node, this.compute(node));
          list.pop();
        }
      }
      return this.values.get(root)!;
    });
  }

  private compute(node: Node): HostTensor {
    tf.engine().startScope(this.name);
    try {
      const operands = node.inputs.map((input) => toTensor(this.values.get(input)!));
      return toHost(valueOf(node, operands, (kind, name) => (kind === 'input' ? this.inputs : this.state)[name]!, this.batch));
    } finally {
      tf.engine().endScope();
    }
  }
}

/**
 * Evaluates a graph operation by operation with eager TensorFlow.js `cpu`: what the primitives mean, for tests and for
 * constant folding. Slow.
 * @returns outputs, and the new values of the state tensors that the graph updates.
 * @throws tensor-missing, tensor-unknown, tensor-mismatch
 */
export function evaluate(graph: Graph, state: NamedHostTensors, inputs: NamedHostTensors): { outputs: NamedHostTensors; state: NamedHostTensors } {
  const evaluation = new Evaluation(graph.name, graph, state, inputs);
  const read = (record: Readonly<Record<string, Node>>): NamedHostTensors =>
    Object.fromEntries(Object.entries(record).map(([name, node]) => [name, evaluation.valueOf(node)]));
  return { outputs: read(graph.outputs), state: read(graph.updates) };
}

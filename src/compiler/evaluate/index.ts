import * as tf from '@tensorflow/tfjs-core';
import { isLeaf } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import { loopGroups, type Loop } from '../graph/loop.js';
import { toHost, toTensor } from '../host-tensors.js';
import { checkTensors } from '../signature.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../tensors.js';
import { onBackend } from '../tfjs-backend.js';
import { arrayEvaluation } from './arrays.js';
import { elementwiseEvaluation } from './elementwise.js';
import { imageEvaluation } from './images.js';
import { evaluateLoop, resultKey, type Step } from './loops.js';
import type { Computed, EvaluationRule, EvaluationRules } from './rule.js';

const rules: EvaluationRules<Computed> = { ...elementwiseEvaluation, ...arrayEvaluation, ...imageEvaluation };

const constantTensor = ({ dtype, shape, attributes }: NodeOf<'constant'>): tf.Tensor => toTensor({ dtype, shape, data: attributes.value });

const computed = (node: NodeOf<Computed>, operands: readonly tf.Tensor[], batch: number): tf.Tensor =>
  (rules[node.op] as EvaluationRule<Computed>)(operands, node.attributes, batch);

/** One step of a loop; loops inside of it included. */
const stepOf = (body: Graph, batch: number): Step => {
  const order = topologicalOrder(body);
  const groups = loopGroups(order);
  return (leaves) => {
    const values = new Map<Node, tf.Tensor>(body.inputs.map((leaf, i) => [leaf, leaves[i]!]));
    for (const node of order) {
      if (values.has(node)) continue;
      const operands = node.inputs.map((input) => values.get(input)!);
      if (node.op === 'constant') values.set(node, constantTensor(node));
      else if (node.op === 'scan') {
        const { loop, members } = groups.get(node)!;
        const results = evaluateLoop(loop, operands, stepOf(loop.body, batch));
        for (const member of members) values.set(member, results.get(resultKey(member.attributes))!);
      } else if (!isLeaf(node)) values.set(node, computed(node, operands, batch));
    }
    return (output) => values.get(body.outputs[output]!)!;
  };
};

/** One run of a loop, from which all nodes that read it over the same operands take their results. */
interface LoopRun {
  readonly operands: readonly Node[];
  readonly results: ReadonlyMap<string, HostTensor>;
}

const specsOf = (leaves: Graph['inputs'] | Graph['state']): NamedSpecs => Object.fromEntries(leaves.map((leaf) => [leaf.attributes.name, leaf]));

/** Values of nodes over the leaves of one graph, each computed once and kept; the graph may grow new nodes meanwhile. */
export class Evaluation {
  private readonly values = new Map<Node, HostTensor>();
  private readonly runs = new Map<Loop, LoopRun[]>();
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
      switch (node.op) {
        case 'constant': return toHost(constantTensor(node));
        case 'input': return toHost(toTensor(this.inputs[node.attributes.name]!));
        case 'state': return toHost(toTensor(this.state[node.attributes.name]!));
        case 'scan': return this.runOf(node, operands).results.get(resultKey(node.attributes))!;
        default: return toHost(computed(node, operands, this.batch));
      }
    } finally {
      tf.engine().endScope();
    }
  }

  private runOf({ attributes: { loop }, inputs }: NodeOf<'scan'>, operands: readonly tf.Tensor[]): LoopRun {
    const known = this.runs.get(loop) ?? [];
    const found = known.find((run) => run.operands.every((operand, i) => operand === inputs[i]));
    if (found) return found;
    const results = evaluateLoop(loop, operands, stepOf(loop.body, this.batch));
    const run = { operands: inputs, results: new Map(Array.from(results, ([key, value]) => [key, toHost(value)])) };
    this.runs.set(loop, [...known, run]);
    return run;
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

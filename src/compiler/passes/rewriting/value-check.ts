import { Evaluation } from '../../evaluate/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { Key, uniform } from '../../random/index.js';
import { atBatch, sizeOf } from '../../signature.js';
import type { HostTensor, NamedHostTensors, TensorSpec } from '../../tensors.js';
import { expression } from './describe.js';
import type { RewriteListener, RuleTitle } from './recorder.js';

/** Values of the leaves on which rewrites are checked. */
export interface LeafValues {
  readonly state: NamedHostTensors;
  readonly inputs: NamedHostTensors;
}

/** Batch size where values are drawn. */
const DRAWN_BATCH = 3;

/** Largest accepted difference, relative to the largest number among the nodes of the equation. */
const TOLERANCE = 1e-5;

/** Operations below the root whose values set the scale of a comparison. */
const SCALE_DEPTH = 4;

/** Floats uniform on [-2, 2), whole numbers 0 and 1. */
function draw({ dtype, shape }: TensorSpec, key: Key): HostTensor {
  const fixed = atBatch(shape, DRAWN_BATCH);
  const numbers = uniform(key, sizeOf(fixed));
  if (dtype === 'float32') return { dtype, shape: fixed, data: numbers.map((u) => 4 * u - 2) };
  const bits = numbers.map((u) => (u < 0.5 ? 0 : 1));
  return { dtype, shape: fixed, data: dtype === 'int32' ? Int32Array.from(bits) : Uint8Array.from(bits) };
}

/** Values for every leaf of a graph from a seed. */
export function drawLeaves(graph: Graph, seed: number | string): LeafValues {
  const key = Key.from(seed);
  const values = (leaves: Graph['inputs'] | Graph['state']): NamedHostTensors =>
    Object.fromEntries(leaves.map((leaf) => [leaf.attributes.name, draw(leaf, key.fold(`${leaf.op} ${leaf.attributes.name}`))]));
  return { state: values(graph.state), inputs: values(graph.inputs) };
}

/** Computes both sides of every rewrite and compares them. */
export class ValueCheck {
  private readonly evaluation: Evaluation;

  /** @param keepsNaN whether a NaN must stay one under rules that are not `stable`. */
  constructor(graph: Graph, values: LeafValues, private readonly keepsNaN: boolean) {
    this.evaluation = new Evaluation(graph.name, graph, values.state, values.inputs);
  }

  /** @throws Error starting with `internal:` that names the rule, both sides and the largest difference. */
  readonly compare: RewriteListener = (rule, before, after) => {
    const [expected, actual] = [this.evaluation.valueOf(before), this.evaluation.valueOf(after)];
    const accepted = rule.values === 'same' ? 0 : TOLERANCE * Math.max(this.scale(before, SCALE_DEPTH), this.scale(after, SCALE_DEPTH));
    let [worst, at] = [0, -1];
    for (let i = 0; i < expected.data.length; i++) {
      const difference = this.differenceAt(rule, expected.data[i]!, actual.data[i]!);
      if (difference > Math.max(worst, accepted)) [worst, at] = [difference, i];
    }
    if (at >= 0) {
      throw new Error(`internal: ${rule.name} (${rule.equation}) changed ${expression(before)} to ${expression(after)}: ` +
        `element ${at} is ${actual.data[at]} instead of ${expected.data[at]}, accepted difference ${accepted}`);
    }
  };

  /** Infinite where a value is lost; 0 where the unoptimised one is not finite and the rule may put that right. */
  private differenceAt(rule: RuleTitle, expected: number, actual: number): number {
    if (expected === actual) return 0;
    if (Number.isNaN(expected)) return Number.isNaN(actual) || rule.values === 'stable' || !this.keepsNaN ? 0 : Infinity;
    if (!Number.isFinite(expected)) return rule.values === 'same' ? Infinity : 0;
    return Number.isFinite(actual) ? Math.abs(actual - expected) : Infinity;
  }

  /** The largest finite magnitude among a node and what is up to `depth` operations below. */
  private scale(node: Node, depth: number): number {
    let largest = 0;
    for (const value of this.evaluation.valueOf(node).data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    return depth === 0 ? largest : Math.max(largest, ...node.inputs.map((input) => this.scale(input, depth - 1)));
  }
}

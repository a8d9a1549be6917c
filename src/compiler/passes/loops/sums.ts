import { node as build, scalar } from '../../graph/build.js';
import type { Node, NodeOf } from '../../graph/graph.js';
import type { Operation } from '../../graph/rules/rule.js';
import type { PrimitiveAttributes } from '../../graph/primitives.js';
import { reshaped } from './lift.js';
import { elements, type Outside } from './outside.js';

/** Elements that a loop may stack, over all steps, so that a sum can leave it. */
const MOST_ELEMENTS = 2 ** 24;

type SumRule<P extends Operation> = (node: NodeOf<P>, sums: SumOverSteps) => Node | undefined;
type SumRules = { readonly [P in Operation]?: SumRule<P> };

const emit = <P extends Operation>(node: Node, op: P, inputs: readonly Node[], attributes: PrimitiveAttributes[P]): Node =>
  build(op, inputs, attributes, node.site) as Node;

/** f(sum of x) = sum of f(x) */
const linear = <P extends Operation>(node: NodeOf<P>, sums: SumOverSteps): Node | undefined => {
  const totals = node.inputs.map((input) => sums.of(input));
  return totals.every((total) => total !== undefined) ? emit(node as Node, node.op, totals, node.attributes) : undefined;
};

/** sum of x c = (sum of x) c, where c is the same at every step. */
function scaled(node: NodeOf<'mul' | 'div' | 'matmul'>, sums: SumOverSteps, changing: 0 | 1): Node | undefined {
  const total = sums.of(node.inputs[changing]!);
  const constant = sums.outside.value(node.inputs[1 - changing]!).value;
  return total && emit(node as Node, node.op, changing === 0 ? [total, constant] : [constant, total], node.attributes);
}

/** Steps and the inner axis together: [steps, k, m] -> [steps k, m], `turned` says that the operand is [steps, m, k]. */
function contracted(stack: Node, turned: boolean, site: string | undefined): Node {
  const x = turned ? build('transpose', [stack], { permutation: [0, 2, 1] }, site) : stack;
  const [steps, inner, outer] = x.shape as [number, number, number];
  return reshaped(x, [steps * inner, outer], site);
}

/** The sum over the steps of a^T b is one product: A^T B with the steps joined to the rows. */
const matmul: SumRule<'matmul'> = (node, sums) => {
  const [a, b] = node.inputs as [Node, Node];
  const [left, right] = [a, b].map((operand) => sums.outside.value(operand));
  if (!right!.stacked) return scaled(node, sums, 0);
  if (!left!.stacked) return scaled(node, sums, 1);
  if (a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const { transposeA, transposeB } = node.attributes;
  return emit(node, 'matmul', [contracted(left!.value, !transposeA, node.site), contracted(right!.value, transposeB, node.site)], { transposeA: true, transposeB: false });
};

/** Steps join the leading axis: [steps, n, ...] -> [steps n, ...]. */
const joined = (stack: Node, { site }: Node): Node => reshaped(stack, [stack.shape[0]! * stack.shape[1]!, ...stack.shape.slice(2)], site);

const rules: SumRules = {
  add: linear, sub: linear, neg: linear, reshape: linear, transpose: linear, concat: linear, slice: linear,
  pad: (node, sums) => (node.attributes.value === 0 ? linear(node, sums) : undefined),
  mul: (node, sums) => {
    const [a, b] = node.inputs.map((input) => sums.outside.value(input));
    if (!b!.stacked) return scaled(node, sums, 0);
    return a!.stacked ? undefined : scaled(node, sums, 1);
  },
  div: (node, sums) => (sums.outside.value(node.inputs[1]!).stacked ? undefined : scaled(node, sums, 0)),
  reduceSum: (node, { outside }) => {
    const axes = [0, ...node.attributes.axes.map((axis) => axis + 1)];
    return reshaped(emit(node, 'reduceSum', [outside.value(node.inputs[0]!).value], { axes, keepDims: false }), node.shape, node.site);
  },
  matmul,
  segmentSum: (node, { outside }) => {
    const [updates, indices] = node.inputs.map((input) => outside.value(input));
    return updates!.stacked && indices!.stacked ? emit(node, 'segmentSum', [joined(updates!.value, node), joined(indices!.value, node)], node.attributes) : undefined;
  },
  convFilterGradient: (node, { outside }) => {
    const [x, dy] = node.inputs.map((input) => outside.value(input));
    return x!.stacked && dy!.stacked ? emit(node, 'convFilterGradient', [joined(x!.value, node), joined(dy!.value, node)], node.attributes) : undefined;
  },
};

/** Sums of nodes of a body over all steps, computed outside of the loop. */
export class SumOverSteps {
  constructor(readonly outside: Outside, private readonly steps: number, private readonly site: string | undefined) {}

  /** The sum of a node over the steps, in its shape; nothing where the loop would have to stack too much for it. */
  of(node: Node): Node | undefined {
    if (this.steps * this.outside.cost([node, ...node.inputs]) > MOST_ELEMENTS || node.dtype === 'bool') return undefined;
    const rule = rules[node.op as Operation] as SumRule<Operation> | undefined;
    const found = rule?.(node as NodeOf<Operation>, this);
    if (found !== undefined) return found;
    const { value, stacked } = this.outside.value(node);
    const site = node.site ?? this.site;
    if (!stacked) return build('mul', [value, scalar(this.steps, node.dtype)], {}, site);
    if (elements(value.shape) > MOST_ELEMENTS) return undefined;
    return build('reduceSum', [value], { axes: [0], keepDims: false }, site);
  }
}

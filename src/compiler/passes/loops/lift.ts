import { node as build } from '../../graph/build.js';
import { sameShape } from '../../graph/dimensions.js';
import type { Node, NodeOf } from '../../graph/graph.js';
import type { Primitive, PrimitiveAttributes } from '../../graph/primitives.js';
import { elementwiseRules } from '../../graph/rules/elementwise.js';
import type { Operation } from '../../graph/rules/rule.js';
import type { Shape } from '../../tensors.js';

/** A value of all steps: one for each, [steps, ...] (`stacked`), or the same for all. */
export interface Lifted {
  readonly value: Node;
  readonly stacked: boolean;
}

/** [steps, ...] of a node of a body from its operands at all steps, at least one of them stacked; nothing where it has no such form. */
type LiftRule<P extends Operation> = (node: NodeOf<P>, operands: readonly Lifted[], steps: number) => Node | undefined;
type LiftRules = { readonly [P in Operation]?: LiftRule<P> };

const rest = <T>([, ...others]: readonly T[]): T[] => others;
const emit = <P extends Operation>(node: Node, op: P, inputs: readonly Node[], attributes: PrimitiveAttributes[P]): Node =>
  build(op, inputs, attributes, node.site) as Node;
export const reshaped = (x: Node, shape: Shape, site: string | undefined): Node => (sameShape(x.shape, shape) ? x : build('reshape', [x], { shape }, site));

/** A stacked operand of lower rank than `rank` gets axes of length 1 behind the steps, where broadcasting inserts them. */
function aligned({ value, stacked }: Lifted, { shape: { length: rank }, site }: Node): Node {
  if (!stacked) return value;
  const [steps, ...shape] = value.shape;
  return reshaped(value, [steps!, ...new Array<number>(rank - shape.length).fill(1), ...shape], site);
}

/** The same at every step, where an operation needs its operands alike. */
function spread({ value, stacked }: Lifted, steps: number, { site }: Node): Node {
  return stacked ? value : build('broadcastTo', [value], { shape: [steps, ...value.shape] }, site);
}

/**
 * f of a stack that is [steps rows, k] before a reshape, and of vectors that are the same at every step: computed before the
 * reshape, where a bias joins the product that it is added to.
 */
function beforeReshape(node: Node, operands: readonly Lifted[]): Node | undefined {
  const stacks = operands.filter(({ stacked }) => stacked);
  const [stack] = stacks;
  const matrix = stack?.value.op === 'reshape' ? stack.value.inputs[0]! : undefined;
  const isVector = ({ value, stacked }: Lifted): boolean => stacked || value.shape.length === 0 || (value.shape.length === 1 && value.shape[0] === matrix?.shape[1]);
  if (stacks.length !== 1 || matrix?.shape.length !== 2 || matrix.shape[1] !== stack!.value.shape.at(-1) || !operands.every(isVector)) return undefined;
  const inputs = operands.map(({ value, stacked }) => (stacked ? matrix : value));
  return reshaped(emit(node, node.op as Operation, inputs, node.attributes), stack!.value.shape, node.site);
}

const elementwise = (node: Node, operands: readonly Lifted[]): Node =>
  beforeReshape(node, operands) ??
  emit(node, node.op as Operation, operands.map((operand) => aligned(operand, node)), node.attributes);

const reduction: LiftRule<'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd'> = (node, [x]) =>
  emit(node, node.op, [x!.value], { axes: node.attributes.axes.map((axis) => axis + 1), keepDims: node.attributes.keepDims });

const alongAxis: LiftRule<'argMax' | 'argMin' | 'softmax' | 'logSoftmax'> = (node, [x]) => emit(node, node.op, [x!.value], { axis: node.attributes.axis + 1 });

/** Steps and rows together, [steps, rows, k] -> [steps rows, k], where the matrix on the right is the same at every step. */
const matmul: LiftRule<'matmul'> = (node, [a, b], steps) => {
  const { attributes } = node;
  const [left, right] = node.inputs as [Node, Node];
  if (a!.stacked && !b!.stacked && left.shape.length === 2 && right.shape.length === 2 && !attributes.transposeA) {
    const [rows, inner] = left.shape as [number, number];
    return reshaped(emit(node, 'matmul', [reshaped(a!.value, [steps * rows, inner], node.site), b!.value], attributes), [steps, ...node.shape], node.site);
  }
  return emit(node, 'matmul', [aligned(a!, node), aligned(b!, node)], attributes);
};

/** Steps join the batch of images: [steps, n, ...] -> [steps n, ...]. */
const joined = ({ value }: Lifted, steps: number, { site }: Node): Node => reshaped(value, [steps * value.shape[1]!, ...value.shape.slice(2)], site);

const convolution: LiftRule<'conv'> = (node, [x, filter], steps) =>
  (filter!.stacked ? undefined : reshaped(emit(node, 'conv', [joined(x!, steps, node), filter!.value], node.attributes), [steps, ...node.shape], node.site));

const convolutionInputGradient: LiftRule<'convInputGradient'> = (node, [dy, filter], steps) => {
  if (filter!.stacked) return undefined;
  const inputShape = [steps * node.shape[0]!, ...rest(node.shape)];
  return reshaped(emit(node, 'convInputGradient', [joined(dy!, steps, node), filter!.value], { ...node.attributes, inputShape }), [steps, ...node.shape], node.site);
};

const pooling: LiftRule<'maxPool' | 'avgPool' | 'maxPoolGradient'> = (node, operands, steps) => {
  if (operands.some(({ stacked }) => !stacked)) return undefined;
  return reshaped(emit(node, node.op, operands.map((operand) => joined(operand, steps, node)), node.attributes), [steps, ...node.shape], node.site);
};

const gather: LiftRule<'gather'> = (node, [x, indices]) => {
  const { axis } = node.attributes;
  if (!indices!.stacked) return emit(node, 'gather', [x!.value, indices!.value], { axis: axis + 1 });
  return x!.stacked || axis !== 0 ? undefined : emit(node, 'gather', [x!.value, indices!.value], { axis });
};

const rules: LiftRules = {
  reduceSum: reduction, reduceMean: reduction, reduceMax: reduction, reduceMin: reduction, reduceProd: reduction,
  argMax: alongAxis, argMin: alongAxis, softmax: alongAxis, logSoftmax: alongAxis,
  cumsum: (node, [x]) => emit(node, 'cumsum', [x!.value], { ...node.attributes, axis: node.attributes.axis + 1 }),
  matmul, gather,
  conv: convolution, convInputGradient: convolutionInputGradient,
  maxPool: pooling, avgPool: pooling, maxPoolGradient: pooling,
  avgPoolGradient: (node, [dy], steps) => {
    const inputShape = [steps * node.shape[0]!, ...rest(node.shape)];
    return reshaped(emit(node, 'avgPoolGradient', [joined(dy!, steps, node)], { ...node.attributes, inputShape }), [steps, ...node.shape], node.site);
  },
  reshape: (node, [x], steps) => reshaped(x!.value, [steps, ...node.shape], node.site),
  transpose: (node, [x]) => emit(node, 'transpose', [x!.value], { permutation: [0, ...node.attributes.permutation.map((axis) => axis + 1)] }),
  broadcastTo: (node, [x], steps) => emit(node, 'broadcastTo', [aligned(x!, node)], { shape: [steps, ...node.shape] }),
  concat: (node, operands, steps) => emit(node, 'concat', operands.map((operand) => spread(operand, steps, node)), { axis: node.attributes.axis + 1 }),
  slice: (node, [x], steps) => {
    const { begin, end, strides } = node.attributes;
    return emit(node, 'slice', [x!.value], { begin: [0, ...begin], end: [steps, ...end], strides: [1, ...strides] });
  },
  pad: (node, [x]) => {
    const { before, after, value } = node.attributes;
    return emit(node, 'pad', [x!.value], { before: [0, ...before], after: [0, ...after], value });
  },
  reverse: (node, [x]) => emit(node, 'reverse', [x!.value], { axes: node.attributes.axes.map((axis) => axis + 1) }),
  tile: (node, [x]) => emit(node, 'tile', [x!.value], { repeats: [1, ...node.attributes.repeats] }),
  oneHot: (node, [indices]) => emit(node, 'oneHot', [indices!.value], node.attributes),
};

const ELEMENTWISE: ReadonlySet<Primitive> = new Set(Object.keys(elementwiseRules) as Primitive[]);

export const isElementwise = (node: Node): boolean => ELEMENTWISE.has(node.op);

/** Whether `lift` may find a form for nodes of this kind. */
export const isLiftable = (node: Node): boolean => isElementwise(node) || node.op in rules;

/**
 * All steps of a node of a body at once: [steps, ...] from its operands at all steps.
 * @returns nothing where no operation on whole sequences gives it
 */
export function lift(node: Node, operands: readonly Lifted[], steps: number): Node | undefined {
  if (isElementwise(node)) return elementwise(node, operands);
  const rule = rules[node.op as Operation] as LiftRule<Operation> | undefined;
  return rule?.(node as NodeOf<Operation>, operands, steps);
}

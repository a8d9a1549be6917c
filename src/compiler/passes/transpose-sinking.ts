import { node as build, rebuild } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import type { Primitive, PrimitiveAttributes } from '../graph/primitives.js';
import { constantBehind } from './knowledge/constants.js';
import { isElementwise } from './knowledge/primitive-classes.js';
import { rewrite, usersOf, type Pass } from './pass.js';
import type { RuleTitle } from './rewriting/recorder.js';
import { inverse, isTranspose, keepsOrder, permuted, reshaped, transposed, withRank, type Permutation } from './transpose-algebra.js';

const REDUCTIONS: ReadonlySet<Primitive> = new Set<Primitive>(['reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd', 'argMax', 'argMin']);

/** Operations whose attributes are per axis: given for the transposed operand, returned for the operand itself. */
type PerAxis = 'softmax' | 'logSoftmax' | 'cumsum' | 'concat' | 'slice' | 'pad' | 'reverse' | 'tile';
const untransposedAttributes: { readonly [P in PerAxis]: (attributes: PrimitiveAttributes[P], permutation: Permutation) => PrimitiveAttributes[P] } = {
  softmax: ({ axis }, permutation) => ({ axis: permutation[axis]! }),
  logSoftmax: ({ axis }, permutation) => ({ axis: permutation[axis]! }),
  cumsum: (attributes, permutation) => ({ ...attributes, axis: permutation[attributes.axis]! }),
  concat: ({ axis }, permutation) => ({ axis: permutation[axis]! }),
  slice: ({ begin, end, strides }, permutation) => {
    const back = inverse(permutation);
    return { begin: permuted(begin, back), end: permuted(end, back), strides: permuted(strides, back) };
  },
  pad: ({ before, after, value }, permutation) => {
    const back = inverse(permutation);
    return { before: permuted(before, back), after: permuted(after, back), value };
  },
  reverse: ({ axes }, permutation) => ({ axes: axes.map((axis) => permutation[axis]!).sort((a, b) => a - b) }),
  tile: ({ repeats }, permutation) => ({ repeats: permuted(repeats, inverse(permutation)) }),
};

const isPerAxis = (node: Node): node is NodeOf<PerAxis> & Node => node.op in untransposedAttributes;
const movesThrough = (node: Node): boolean => isElementwise(node) || isPerAxis(node);

/** Whether undoing the transpose of `operand` costs nothing at run time. */
function isCheap(operand: Node, permutation: Permutation): boolean {
  const back = inverse(permutation);
  const full = withRank(operand, permutation.length);
  if (constantBehind(operand) !== undefined || keepsOrder(full.shape, back)) return true;
  return isTranspose(operand) && operand.attributes.permutation.join() === permutation.join();
}

/** Where results go: to some transpose or reduction at all, or on every path. */
interface Destiny { readonly some: boolean; readonly all: boolean }

function destinies(graph: Graph): Map<Node, Destiny> {
  const users = usersOf(graph);
  const results = new Set([...Object.values(graph.outputs), ...Object.values(graph.updates)]);
  const known = new Map<Node, Destiny>();
  for (const node of topologicalOrder(graph).reverse()) {
    const fates = (users.get(node) ?? []).map((user): Destiny => {
      if (isTranspose(user) || REDUCTIONS.has(user.op)) return { some: true, all: true };
      return movesThrough(user) ? known.get(user)! : { some: false, all: false };
    });
    known.set(node, { some: fates.some((fate) => fate.some), all: !results.has(node) && fates.length > 0 && fates.every((fate) => fate.all) });
  }
  return known;
}

/** op(transpose(a), b) -> transpose(op(a, transpose^-1(b))) */
function pullOut(node: Node, destiny: Destiny): Node {
  const rank = node.shape.length;
  const first = node.inputs.find((input): input is NodeOf<'transpose'> => isTranspose(input) && input.shape.length === rank);
  if (first === undefined || !destiny.some) return node;
  const { permutation } = first.attributes;
  if (!destiny.all && !node.inputs.every((input) => isCheap(input, permutation))) return node;
  const back = inverse(permutation);
  const single = (input: Node): boolean => !isPerAxis(node) && input.shape.every((length) => length === 1);
  const inputs = node.inputs.map((input) => (single(input) ? input : transposed(withRank(input, rank, input.site ?? node.site), back, input.site ?? node.site)));
  if (!isPerAxis(node)) return transposed(rebuild(node, inputs), permutation, node.site);
  const attributes = (untransposedAttributes[node.op] as (given: Node['attributes'], by: Permutation) => PrimitiveAttributes['pad'])(node.attributes, permutation);
  return transposed(build(node.op as 'pad', inputs, attributes, node.site), permutation, node.site);
}

/** reduce(transpose(x)) -> reduce(x) along the axes as x has them; the order of the axes that stay is restored. */
function pullOutOfReduction(node: Node): Node {
  const [operand] = node.inputs;
  if (!isTranspose(operand!)) return node;
  const { permutation } = operand.attributes;
  const { axes, axis, keepDims } = { keepDims: false, axes: undefined, axis: undefined, ...node.attributes } as { axes?: number[]; axis?: number; keepDims: boolean };
  const reduced = (axes ?? [axis!]).map((each) => permutation[each]!).sort((a, b) => a - b);
  const attributes = axes === undefined ? { axis: reduced[0]! } : { axes: reduced, keepDims };
  const result: Node = build(node.op as 'reduceSum', operand.inputs, attributes as PrimitiveAttributes['reduceSum'], node.site);
  if (keepDims) return transposed(result, permutation, node.site);
  const staying = permutation.filter((each) => !reduced.includes(each));
  const order = [...staying].sort((a, b) => a - b);
  return transposed(result, staying.map((each) => order.indexOf(each)), node.site);
}

/** `node` where `result` is the same operation again. */
function orSame(result: Node, node: NodeOf<'transpose'> | NodeOf<'reshape'>): Node {
  const same = result.op === node.op && result.inputs[0] === node.inputs[0] && JSON.stringify(result.attributes) === JSON.stringify(node.attributes);
  return same ? node : result;
}

export const transposeSinkingRule: RuleTitle = {
  name: 'transpose-sinking', equation: 'f(transpose(x), y) -> transpose(f(x, transpose^-1(y)))', values: 'rounding',
  guard: 'a transpose or a reduction follows; other operands are transposed too, or all results go that way',
};

/**
 * Moves transposes towards the results, through operations that work in any order of the axes, until they meet and
 * cancel: between layers that compute in NCHW no NHWC image is left. A transpose moves only when another one (or a
 * reduction) follows, and an operand that is not transposed takes the inverse only when all results follow suit.
 */
export const transposeSinking: Pass = {
  name: 'transpose-sinking',
  rule: transposeSinkingRule,
  run(graph, onRewrite) {
    const known = destinies(graph);
    return rewrite(graph, (node, original) => {
      if (isTranspose(node)) return orSame(transposed(node.inputs[0]!, node.attributes.permutation, node.site), node);
      if (REDUCTIONS.has(node.op)) return pullOutOfReduction(node);
      if (node.op === 'reshape') return orSame(reshaped(node.inputs[0]!, node.shape, node.site), node);
      return movesThrough(node) ? pullOut(node, known.get(original)!) : node;
    }, (before, after) => onRewrite?.(transposeSinkingRule, before, after));
  },
};

import { node as build } from '../graph/build.js';
import { broadcastShapes, sameShape } from '../graph/dimensions.js';
import type { Node } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import { isFilledWith, rewrite, type Pass } from './pass.js';

type SimplificationRules = { readonly [P in Primitive]?: (node: Extract<Node, { op: P }>) => Node };

/** `candidate` when it has dtype and shape of `node`: the other operand did not broadcast it. */
const ifSame = (holds: boolean, candidate: Node, node: Node): Node => (holds && sameShape(candidate.shape, node.shape) ? candidate : node);

/** x reduced along axes of length 1 is x in another shape. */
function trivialReduction(node: Extract<Node, { op: 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd' }>): Node {
  const [x] = node.inputs;
  return node.attributes.axes.every((axis) => x!.shape[axis] === 1) ? build('reshape', [x!], { shape: node.shape }, node.site) : node;
}

const castRule: SimplificationRules['cast'] = (node) => {
  const x = node.inputs[0]!;
  const { to } = node.attributes;
  if (x.dtype === to) return x;
  if (x.op !== 'cast') return node;
  const origin = x.inputs[0]!;
  const { on, off } = origin.op === 'oneHot' ? origin.attributes : { on: NaN, off: NaN };
  if (origin.dtype === to && Number.isInteger(on) && Number.isInteger(off)) return origin; // oneHot -> int -> float
  return origin.dtype === 'bool' && x.dtype === 'int32' ? build('cast', [origin], { to }, node.site) : node; // bool -> int -> float
};

const rules: SimplificationRules = {
  add: (node) => { // x + 0 -> x
    const [a, b] = node.inputs as [Node, Node];
    const right = ifSame(isFilledWith(b, 0), a, node);
    return right === node ? ifSame(isFilledWith(a, 0), b, node) : right;
  },
  sub: (node) => ifSame(isFilledWith(node.inputs[1]!, 0), node.inputs[0]!, node), // x - 0 -> x
  mul: (node) => { // x * 1 -> x
    const [a, b] = node.inputs as [Node, Node];
    const right = ifSame(isFilledWith(b, 1), a, node);
    return right === node ? ifSame(isFilledWith(a, 1), b, node) : right;
  },
  div: (node) => ifSame(isFilledWith(node.inputs[1]!, 1), node.inputs[0]!, node), // x / 1 -> x
  pow: (node) => { // x^1 -> x, x^2 -> square x
    const [x, exponent] = node.inputs as [Node, Node];
    if (!sameShape(x.shape, node.shape)) return node;
    if (isFilledWith(exponent, 1)) return x;
    return isFilledWith(exponent, 2) ? build('square', [x], {}, node.site) : node;
  },
  neg: (node) => (node.inputs[0]!.op === 'neg' ? node.inputs[0].inputs[0]! : node), // --x -> x
  not: (node) => (node.inputs[0]!.op === 'not' ? node.inputs[0].inputs[0]! : node),
  cast: castRule,
  reshape: (node) => { // reshape of reshape, and to the own shape
    const x = node.inputs[0]!;
    if (sameShape(x.shape, node.shape)) return x;
    return x.op === 'reshape' ? build('reshape', x.inputs, { shape: node.shape }, node.site) : node;
  },
  broadcastTo: (node) => {
    const x = node.inputs[0]!;
    if (sameShape(x.shape, node.shape)) return x;
    return x.op === 'broadcastTo' ? build('broadcastTo', x.inputs, { shape: node.shape }, node.site) : node;
  },
  transpose: (node) => {
    const { permutation } = node.attributes;
    return permutation.every((axis, i) => axis === i) ? node.inputs[0]! : node;
  },
  concat: (node) => (node.inputs.length === 1 ? node.inputs[0]! : node),
  reduceSum: trivialReduction, reduceMean: trivialReduction, reduceMax: trivialReduction, reduceMin: trivialReduction, reduceProd: trivialReduction,
  select: (node) => { // where(true, a, b) -> a, where(false, a, b) -> b
    const [condition, a, b] = node.inputs as [Node, Node, Node];
    const taken = ifSame(isFilledWith(condition, 1), a, node);
    return taken === node ? ifSame(isFilledWith(condition, 0), b, node) : taken;
  },
};

const BROADCASTING: ReadonlySet<Primitive> = new Set<Primitive>([
  'add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'mod', 'floorDiv', 'equal', 'notEqual', 'less', 'lessEqual', 'greater',
  'greaterEqual', 'and', 'or', 'select',
]);

/** op(broadcastTo(a), b) -> op(a, b) where the operation broadcasts a itself. */
function sinkBroadcasts(node: Node): Node {
  if (!BROADCASTING.has(node.op)) return node;
  const inputs = [...node.inputs];
  for (const [i, input] of inputs.entries()) {
    if (input.op !== 'broadcastTo') continue;
    const others = inputs.map((other, k) => (k === i ? input.inputs[0]! : other).shape);
    const fits = others.every((shape) => canBroadcast(shape, node.shape)) && sameShape(broadcastShapes(...others), node.shape);
    if (fits) inputs[i] = input.inputs[0]!;
  }
  if (inputs.every((input, i) => input === node.inputs[i])) return node;
  return build(node.op as 'add', inputs, {}, node.site);
}

const canBroadcast = (from: Node['shape'], to: Node['shape']): boolean =>
  from.length <= to.length && from.every((length, i) => length === 1 || length === to[to.length - from.length + i]);

/** Local identities, each applied until none fires. */
export const simplification: Pass = {
  name: 'simplification',
  run: (graph) => rewrite(graph, (original) => {
    let node = original;
    for (;;) {
      const rule = rules[node.op] as ((node: Node) => Node) | undefined;
      const next = sinkBroadcasts(rule?.(node) ?? node);
      if (next === node) return node;
      node = next;
    }
  }),
};

import type { Node } from '../../graph/graph.js';
import { isDynamic, sizeOf } from '../../signature.js';

/** What is known of every element of a node: its bounds, and whether it may be NaN. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
  readonly mayBeNaN: boolean;
}

const ANYTHING: ValueRange = { low: -Infinity, high: Infinity, mayBeNaN: true };
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Operands further down are taken for unknown: the answer stays right and its cost bounded. */
const DEPTH = 24;

/** Bounds beyond float32 are infinite. */
function range(low: number, high: number, mayBeNaN: boolean): ValueRange {
  if (Number.isNaN(low) || Number.isNaN(high)) return ANYTHING;
  return { low: low < -LARGEST_FLOAT32 ? -Infinity : low, high: high > LARGEST_FLOAT32 ? Infinity : high, mayBeNaN };
}

const isBounded = ({ low, high }: ValueRange): boolean => low > -Infinity && high < Infinity;

const union = (ranges: readonly ValueRange[]): ValueRange =>
  range(Math.min(...ranges.map(({ low }) => low)), Math.max(...ranges.map(({ high }) => high)), ranges.some(({ mayBeNaN }) => mayBeNaN));

function add(a: ValueRange, b: ValueRange): ValueRange {
  const opposite = (a.low === -Infinity && b.high === Infinity) || (a.high === Infinity && b.low === -Infinity); // inf - inf
  return opposite ? ANYTHING : range(a.low + b.low, a.high + b.high, a.mayBeNaN || b.mayBeNaN);
}

const negate = ({ low, high, mayBeNaN }: ValueRange): ValueRange => range(-high, -low, mayBeNaN);

function multiply(a: ValueRange, b: ValueRange): ValueRange {
  const ends = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => (x === 0 || y === 0 ? 0 : x * y)));
  return range(Math.min(...ends), Math.max(...ends), a.mayBeNaN || b.mayBeNaN || !isBounded(a) || !isBounded(b)); // 0 inf
}

/** a / b where b keeps away from 0. */
function divide(a: ValueRange, b: ValueRange): ValueRange {
  if (b.low > 0 || b.high < 0) {
    const inverse = range(1 / b.high, 1 / b.low, b.mayBeNaN);
    return isBounded(a) ? multiply(a, inverse) : { ...multiply(a, inverse), mayBeNaN: true };
  }
  return a.low >= 0 && b.low >= 0 ? { low: 0, high: Infinity, mayBeNaN: true } : ANYTHING;
}

const square = (x: ValueRange): ValueRange => {
  const far = Math.max(Math.abs(x.low), Math.abs(x.high));
  const near = x.low > 0 ? x.low : x.high < 0 ? -x.high : 0;
  return range(near * near, far * far, x.mayBeNaN);
};

/** Values of an increasing function that is defined from `from` on. */
const increasing = (x: ValueRange, f: (x: number) => number, from = -Infinity): ValueRange =>
  range(f(Math.max(x.low, from)), f(Math.max(x.high, from)), x.mayBeNaN || x.low < from);

/** The sum of `count` values. */
const times = (x: ValueRange, count: number): ValueRange => range(x.low === 0 ? 0 : x.low * count, x.high === 0 ? 0 : x.high * count, x.mayBeNaN || (x.low === -Infinity && x.high === Infinity));

const reducedCount = (x: Node, axes: readonly number[]): number => axes.reduce((count, axis) => count * Math.max(x.shape[axis]!, 0), 1);

function constantRange(values: ArrayLike<number>): ValueRange {
  if (values.length === 0 || values.length > 4096) return ANYTHING;
  let [low, high, mayBeNaN] = [Infinity, -Infinity, false];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) mayBeNaN = true;
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return range(low, high, mayBeNaN);
}

function unaryRange(node: Node, x: ValueRange): ValueRange | undefined {
  switch (node.op) {
    case 'neg': return negate(x);
    case 'abs': return range(Math.max(x.low, -x.high, 0), Math.max(Math.abs(x.low), Math.abs(x.high)), x.mayBeNaN);
    case 'square': return square(x);
    case 'exp': return increasing(x, Math.exp);
    case 'expm1': return increasing(x, Math.expm1);
    case 'log': return increasing(x, Math.log, 0);
    case 'log1p': return increasing(x, Math.log1p, -1);
    case 'sqrt': return increasing(x, Math.sqrt, 0);
    case 'rsqrt': return x.low > 0 ? range(1 / Math.sqrt(x.high), 1 / Math.sqrt(x.low), x.mayBeNaN) : range(0, Infinity, x.mayBeNaN || x.low < 0);
    case 'reciprocal': return divide(range(1, 1, false), x);
    case 'sigmoid': return range(0, 1, x.mayBeNaN);
    case 'tanh': case 'erf': return range(-1, 1, x.mayBeNaN);
    case 'sin': case 'cos': return range(-1, 1, x.mayBeNaN || !isBounded(x));
    case 'sign': return range(x.low > 0 ? 1 : -1, x.high < 0 ? -1 : 1, x.mayBeNaN);
    case 'relu': return increasing(x, (value) => Math.max(value, 0));
    case 'softplus': return range(0, x.high === Infinity ? Infinity : Math.max(x.high, 0) + 1, x.mayBeNaN);
    case 'floor': case 'ceil': case 'round': return range(x.low - 1, x.high + 1, x.mayBeNaN);
    case 'clip': return range(Math.min(Math.max(x.low, node.attributes.min), node.attributes.max), Math.max(Math.min(x.high, node.attributes.max), node.attributes.min), x.mayBeNaN);
    case 'step': return range(Math.min(1, node.attributes.alpha), Math.max(1, node.attributes.alpha), x.mayBeNaN);
    case 'cast': case 'reshape': case 'transpose': case 'broadcastTo': case 'slice': case 'reverse': case 'tile': case 'reduceMax': case 'reduceMin': case 'reduceMean': return x;
    case 'reduceSum': return isDynamic(node.attributes.axes.map((axis) => node.inputs[0]!.shape[axis]!)) ? (x.low >= 0 ? range(0, Infinity, x.mayBeNaN) : ANYTHING) : times(x, reducedCount(node.inputs[0]!, node.attributes.axes));
    case 'pad': return union([x, range(node.attributes.value, node.attributes.value, false)]);
    case 'softmax': return range(0, 1, x.mayBeNaN || !isBounded(x));
    case 'logSoftmax': return range(-Infinity, 0, x.mayBeNaN || !isBounded(x));
    default: return undefined;
  }
}

function combinedRange(node: Node, [a, b, c]: readonly ValueRange[]): ValueRange {
  switch (node.op) {
    case 'add': return add(a!, b!);
    case 'sub': return node.inputs[0] === node.inputs[1] && isBounded(a!) ? range(0, 0, a!.mayBeNaN) : add(a!, negate(b!));
    case 'mul': return node.inputs[0] === node.inputs[1] ? square(a!) : multiply(a!, b!);
    case 'div': return divide(a!, b!);
    case 'maximum': return range(Math.max(a!.low, b!.low), Math.max(a!.high, b!.high), a!.mayBeNaN || b!.mayBeNaN);
    case 'minimum': return range(Math.min(a!.low, b!.low), Math.min(a!.high, b!.high), a!.mayBeNaN || b!.mayBeNaN);
    case 'select': return union([b!, c!]);
    case 'gather': return a!;
    default: return ANYTHING;
  }
}

const remembered = new WeakMap<Node, ValueRange>();

function derive(node: Node, depth: number): ValueRange {
  if (node.dtype === 'bool') return range(0, 1, false);
  if (node.dtype === 'int32') return range(-(2 ** 31), 2 ** 31, false); // arithmetic wraps around: no closer bounds
  if (node.op === 'constant') return constantRange(node.attributes.value);
  if (node.op === 'oneHot') return range(Math.min(node.attributes.on, node.attributes.off), Math.max(node.attributes.on, node.attributes.off), false);
  if (node.inputs.length === 0) return ANYTHING;
  const operands = node.inputs.map((input) => valueRange(input, depth - 1));
  if (node.op === 'concat') return union(operands);
  return (node.inputs.length === 1 ? unaryRange(node, operands[0]!) : undefined) ?? combinedRange(node, operands);
}

/** Bounds of the elements of a node for all values of its leaves, which may be anything. */
export function valueRange(node: Node, depth = DEPTH): ValueRange {
  const found = remembered.get(node);
  if (found !== undefined) return found;
  if (depth === 0) return ANYTHING;
  const derived = derive(node, depth);
  remembered.set(node, derived);
  return derived;
}

/** Whether no element can be infinite or NaN, whatever the leaves hold. */
export function isAlwaysFinite(node: Node): boolean {
  const found = valueRange(node);
  return isBounded(found) && !found.mayBeNaN;
}

/** Whether every element is at least 0, or NaN. */
export const isNonNegative = (node: Node): boolean => valueRange(node).low >= 0;

/** The number of elements along some axes, unless it depends on the batch. */
export function fixedCount(node: Node, axes: readonly number[]): number | undefined {
  const lengths = axes.map((axis) => node.shape[axis]!);
  return isDynamic(lengths) ? undefined : sizeOf(lengths);
}

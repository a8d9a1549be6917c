import { filled, node as build } from '../graph/build.js';
import type { Node, NodeOf } from '../graph/graph.js';
import { reshaped, transposed } from '../passes/transpose-algebra.js';
import { rearranged, sliced } from './rearrange.js';

/** Both forms of an image; the conversion is made when it is asked for. */
export interface Layouts {
  readonly block: number;
  plain(image: Node): Node;
  blocked(image: Node): Node;
  /** Whether the blocked form exists already. */
  isBlocked(image: Node): boolean;
}

const whole = (channels: number, block: number): boolean => channels > 0 && channels % block === 0;
const unit = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

/**
 * OIHW -> [O/b,kh,kw,I,b]: runs of I b numbers, from which both filters below are copied block by block. Two copies of long runs are
 * faster than one of short runs that lie a power of two apart.
 */
const outputBlocks = (filter: Node, block: number): Node => rearranged(filter, [block, undefined, undefined, undefined], [0, 3, 4, 2, 1]);

/** Output blocks -> [O/b,I/b,kh,kw,b,b], inputs before outputs, or [O/b,I,kh,kw,b] where there are fewer than b inputs */
function forwardFilter(blocks: Node, block: number): Node {
  const [groups, height, width, inputs] = blocks.shape as readonly [number, number, number, number];
  if (inputs < block) return transposed(blocks, [0, 3, 1, 2, 4], blocks.site);
  const pairs = reshaped(blocks, [groups, height, width, inputs / block, block * block], blocks.site);
  return reshaped(transposed(pairs, [0, 3, 1, 2, 4], blocks.site), [groups, inputs / block, height, width, block, block], blocks.site);
}

/** Output blocks -> [I/b,O/b,kh,kw,b,b], outputs before inputs: the filter that carries dy back to x, not yet turned */
function adjointFilter(blocks: Node, block: number): Node {
  const [groups, height, width, inputs] = blocks.shape as readonly [number, number, number, number];
  const pairs = transposed(reshaped(blocks, [groups, height, width, inputs / block, block * block], blocks.site), [3, 0, 1, 2, 4], blocks.site);
  // The squares of b x b are turned by the operator that blocks images, a vector at a time.
  const squares = reshaped(pairs, [(groups * height * width * inputs) / block, block, 1, block], blocks.site);
  const turned = build('toBlocked', [squares], { block }, blocks.site) as Node;
  return reshaped(turned, [inputs / block, groups, height, width, block, block], blocks.site);
}

/** conv(x, filter) as a blocked convolution, where whole blocks of channels allow it. */
export function blockedConvolution(node: NodeOf<'conv'>, layouts: Layouts): Node | undefined {
  const [x, filter] = node.inputs as readonly [Node, Node];
  const { block } = layouts;
  const [outputs, inputs] = filter.shape as readonly [number, number];
  if (node.attributes.groups !== 1 || !whole(outputs, block) || !(inputs < block || whole(inputs, block))) return undefined;
  const image = inputs < block ? layouts.plain(x) : layouts.blocked(x);
  return build('blockedConv', [image, forwardFilter(outputBlocks(layouts.plain(filter), block), block)], node.attributes, node.site);
}

/** How the elements i of dx with i mod stride = `phase` follow from dy along one side: a convolution with some of the places of the filter. */
interface Phase {
  /** First place of the filter that takes part; then every `stride`-th. */
  readonly first: number;
  readonly places: number;
  readonly before: number;
  readonly after: number;
}

/**
 * dx[i] sums dy[y] w[k] over y stride + k - pad = i, so k = r + stride t with r = (i + pad) mod stride and
 * y = (i + pad - r) / stride - t: a convolution over dy with the turned sub-filter of the places r, r + stride, ...
 */
function phaseOf(phase: number, stride: number, pad: number, kernel: number, length: number, gradient: number): Phase {
  const first = (phase + pad) % stride;
  const places = Math.max(0, Math.ceil((kernel - first) / stride));
  const count = Math.ceil(length / stride);
  const start = (phase + pad - first) / stride - (places - 1);
  return { first, places, before: -start, after: start + count - 1 + places - gradient };
}

/** x over the phases along the last axes, [..., phases] -> interleaved: `parts[i]` are the elements i, i + stride, ... along `axis`. */
function interleaved(parts: readonly Node[], axis: number, length: number, site: string | undefined): Node {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const { shape } = first!;
  const inserted = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const stacked = build('concat', parts.map((part) => reshaped(part, inserted, site)), { axis: axis + 1 }, site) as Node;
  const joined = reshaped(stacked, shape.map((each, i) => (i === axis ? each * parts.length : each)), site);
  return joined.shape[axis] === length ? joined : sliced(joined, [{ axis, begin: 0, end: length, stride: 1 }]);
}

/**
 * dx = conv(dy, turned filter), blocked. A stride above 1 takes one convolution for each residue of the position, so that no zero is
 * multiplied, and interleaves the results.
 */
export function blockedInputGradient(node: NodeOf<'convInputGradient'>, layouts: Layouts): Node | undefined {
  const [dy, filter] = node.inputs as readonly [Node, Node];
  const { block } = layouts;
  const { strides, pads, dilations, groups, inputShape } = node.attributes;
  const [outputs, inputs, ...kernel] = filter.shape as readonly [number, number, number, number];
  if (groups !== 1 || !whole(outputs, block) || !whole(inputs, block) || dilations.some((d, i) => d > 1 && strides[i]! > 1)) return undefined;
  const sides = [0, 1] as const;
  const phases = sides.map((i) => Array.from({ length: strides[i] }, (_, phase): Phase => {
    if (strides[i] > 1) return phaseOf(phase, strides[i], pads[i], kernel[i], inputShape[i + 2]!, dy.shape[i + 2]!);
    const reach = (kernel[i] - 1) * dilations[i];
    return { first: 0, places: kernel[i], before: reach - pads[i], after: inputShape[i + 2]! - dy.shape[i + 2]! + pads[i] };
  }));
  if (phases.flat().some(({ places, before, after }) => places > 0 && (before < 0 || after < 0))) return undefined;
  const gradient = layouts.blocked(dy);
  const weights = adjointFilter(outputBlocks(layouts.plain(filter), block), block);
  const part = (row: Phase, column: Phase): Node => {
    const shape = [inputShape[0]!, inputs / block, ...sides.map((i) => Math.ceil(inputShape[i + 2]! / strides[i])), block];
    if (row.places === 0 || column.places === 0) return filled(0, shape, 'float32', node.site);
    const turned = sliced(weights, [row, column].map(({ first, places }, i) => {
      const last = first + (places - 1) * strides[i]!;
      return { axis: i + 2, begin: last, end: first - 1, stride: -strides[i]! };
    }));
    const attributes = { ...unit, dilations, pads: [row.before, column.before, row.after, column.after] as const };
    return build('blockedConv', [gradient, turned], attributes, node.site);
  };
  const rows = phases[0]!.map((row) => interleaved(phases[1]!.map((column) => part(row, column)), 3, inputShape[3]!, node.site));
  return interleaved(rows, 2, inputShape[2]!, node.site);
}

/** Above this many places a transpose that gathers 64-byte runs so far apart misses the cache on most of them. */
const mostScatteredPlaces = 256;

/** dy [N,O,H',W'] as a filter over the examples: [O/b,N/b,H',W',b,b] */
function gradientAsFilter(dy: Node, layouts: Layouts): Node {
  const { block } = layouts;
  const [examples, outputs, height, width] = dy.shape as readonly [number, number, number, number];
  const places = height * width;
  if (layouts.isBlocked(dy) && places <= mostScatteredPlaces) {
    return rearranged(layouts.blocked(dy), [block, undefined, undefined, undefined, undefined], [2, 0, 3, 4, 1, 5]);
  }
  const grouped = rearranged(reshaped(layouts.plain(dy), [examples, outputs / block, block * places], dy.site), [block, undefined, undefined], [2, 0, 1, 3]);
  const pairs = reshaped(grouped, [(examples * outputs) / block ** 2, block ** 2, places], dy.site);
  return reshaped(transposed(pairs, [0, 2, 1], dy.site), [outputs / block, examples / block, height, width, block, block], dy.site);
}

/**
 * dFilter[o,c] = sum over the examples of x[n,c] correlated with dy[n,o]: a convolution whose channels are the examples, whose batch are
 * the channels of x, and whose filter is dy, with stride and dilation changing places. It sums in registers what im2col writes to memory.
 * @returns [C,O/b,kh,kw,b]
 */
export function blockedFilterGradient(node: NodeOf<'convFilterGradient'>, layouts: Layouts): Node | undefined {
  const [x, dy] = node.inputs as readonly [Node, Node];
  const { block } = layouts;
  const { strides, pads, dilations, groups, filterShape } = node.attributes;
  const [examples, outputs, ...gradient] = dy.shape as readonly [number, number, number, number];
  const channels = x.shape[1]!;
  if (groups !== 1 || channels < block || !whole(examples, block) || !whole(outputs, block)) return undefined;
  const swapped = transposed(layouts.plain(x), [1, 0, 2, 3], node.site); // [C,N,H,W]
  // What the last window reaches; rows of x behind it do not count.
  const reach = [0, 1].map((i) => (gradient[i]! - 1) * strides[i]! + (filterShape[i + 2]! - 1) * dilations[i]! + 1);
  const after = [0, 1].map((i) => reach[i]! - x.shape[i + 2]! - pads[i]!);
  const used = sliced(swapped, [0, 1].map((i) => ({ axis: i + 2, begin: 0, end: x.shape[i + 2]! + Math.min(0, after[i]!), stride: 1 })));
  const padding = { before: [0, 0, pads[0], pads[1], 0], after: [0, 0, ...after.map((amount) => Math.max(0, amount)), 0], value: 0 };
  const blocked = build('toBlocked', [used], { block }, node.site) as Node;
  // At its edges the convolution is several times slower than inside, and here all of it would be edge: so pad first.
  const padded = [...padding.before, ...padding.after].some((amount) => amount > 0) ? (build('pad', [blocked], padding, node.site) as Node) : blocked;
  const attributes = { ...unit, strides: dilations, dilations: strides };
  return build('blockedConv', [padded, gradientAsFilter(dy, layouts)], attributes, node.site);
}

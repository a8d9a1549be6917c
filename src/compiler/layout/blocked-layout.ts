import { node as build, rebuild } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import { elementwiseRules } from '../graph/rules/elementwise.js';
import { commonSubexpressions } from '../passes/common-subexpressions.js';
import { mapResults } from '../passes/pass.js';
import { reshaped, transposed } from '../passes/transpose-algebra.js';
import type { Shape } from '../tensors.js';
import { blockedConvolution, blockedFilterGradient, blockedInputGradient, type Layouts } from './blocked-convolutions.js';
import { rearranged } from './rearrange.js';

const isElementwise = (node: Node): boolean => node.op in elementwiseRules;
type Reducing = NodeOf<'reduceSum'> | NodeOf<'reduceMean'> | NodeOf<'reduceMax'> | NodeOf<'reduceMin'> | NodeOf<'reduceProd'>;
const isReduction = (node: Node): node is Reducing & Node => node.op.startsWith('reduce');

/** Axes [N,C,H,W] as axes of [N,C/b,H,W,b]. */
const blockedAxes = (axis: number): number[] => (axis === 1 ? [1, 4] : [axis]);

/**
 * Rewrites convolutions for blocked images [N,C/b,H,W,b] and keeps images in that layout through elementwise operations and reductions,
 * so that conversions are left only where something else begins. What cannot be blocked stays as it is.
 */
class BlockedLayout implements Layouts {
  private readonly plainForms = new Map<Node, Node>();
  private readonly blockedForms = new Map<Node, Node>();
  /** Filter gradients [C,O/b,kh,kw,b] of the nodes that stand for them. */
  private readonly filterGradients = new Map<Node, Node>();

  constructor(readonly block: number) {}

  run(graph: Graph): Graph {
    for (const node of topologicalOrder(graph)) this.rewrite(node);
    return commonSubexpressions.run(mapResults(graph, (node) => this.plain(node)));
  }

  plain(of: Node): Node {
    const known = this.plainForms.get(of);
    if (known) return known;
    const blocked = this.blockedForms.get(of)!;
    const plain = of.dtype === 'float32'
      ? (build('fromBlocked', [blocked], {}, of.site) as Node)
      : reshaped(transposed(blocked, [0, 1, 4, 2, 3], of.site), of.shape, of.site);
    this.plainForms.set(of, plain);
    return plain;
  }

  blocked(of: Node): Node {
    const known = this.blockedForms.get(of);
    if (known) return known;
    const blocked = this.converted(this.plain(of));
    this.blockedForms.set(of, blocked);
    return blocked;
  }

  private converted(image: Node): Node {
    if (image.dtype === 'float32') return build('toBlocked', [image], { block: this.block }, image.site);
    return rearranged(image, [undefined, this.block, undefined, undefined], [0, 1, 3, 4, 2]);
  }

  isBlocked(image: Node): boolean {
    return this.blockedForms.has(image);
  }

  private rewrite(node: Node): void {
    const blocked = this.blockedResult(node);
    if (blocked) this.blockedForms.set(node, blocked);
    else this.plainForms.set(node, this.plainResult(node));
  }

  private blockedResult(node: Node): Node | undefined {
    if (node.op === 'conv') return blockedConvolution(node, this);
    if (node.op === 'convInputGradient') return blockedInputGradient(node, this);
    if (!isElementwise(node) || !this.isWhole(node.shape) || !node.inputs.some((operand) => this.isBlocked(operand))) return undefined;
    return rebuild(node, node.inputs.map((operand) => this.blockedOperand(operand, node.shape)));
  }

  private plainResult(node: Node): Node {
    if (node.op === 'convFilterGradient') return this.filterGradient(node);
    if (node.op === 'transpose' && this.filterGradients.has(node.inputs[0]!)) return this.transposedFilterGradient(node);
    const [operand] = node.inputs;
    if (operand && this.isBlocked(operand)) {
      if (isReduction(node)) return this.reduced(node, operand);
      if (node.op === 'transpose') return reshaped(rearranged(this.blocked(operand), Array<undefined>(5).fill(undefined), node.attributes.permutation.flatMap(blockedAxes)), node.shape, node.site);
    }
    return rebuild(node, node.inputs.map((each) => this.plain(each)));
  }

  private isWhole(shape: Shape): boolean {
    return shape.length === 4 && shape[1]! > 0 && shape[1]! % this.block === 0;
  }

  /** An operand that broadcasts to `shape` [N,C,H,W], in the form that broadcasts to its blocked shape. */
  private blockedOperand(operand: Node, shape: Shape): Node {
    if (this.isBlocked(operand)) return this.blocked(operand);
    const full = [...Array<number>(4 - operand.shape.length).fill(1), ...operand.shape];
    const [n, channels, height, width] = full as [number, number, number, number];
    if (full.every((length) => length === 1)) return this.plain(operand);
    if (channels === 1) return reshaped(this.plain(operand), [n, 1, height, width, 1], operand.site);
    const groups = channels / this.block;
    if (height === 1 && width === 1) return reshaped(this.plain(operand), [n, groups, 1, 1, this.block], operand.site);
    if (operand.op === 'broadcastTo') {
      const small = this.blockedOperand(operand.inputs[0]!, shape);
      return build('broadcastTo', [small], { shape: [n, groups, height, width, this.block] }, operand.site);
    }
    if (operand.shape.length === 4) return this.blocked(operand);
    return this.converted(reshaped(this.plain(operand), full, operand.site));
  }

  private reduced(node: Reducing & Node, operand: Node): Node {
    const { axes } = node.attributes;
    // Over whole pictures, so that the channels left come in their order.
    if (!axes.includes(2) || !axes.includes(3)) return rebuild(node, [this.plain(operand)]);
    // First over each picture and then over the rest: ONNX Runtime is fast where what is reduced lies together.
    const pictures = build(node.op, [this.blocked(operand)], { axes: [2, 3], keepDims: false }, node.site) as Node; // [N,C/b,b]
    const rest = axes.filter((axis) => axis < 2).flatMap((axis) => (axis === 1 ? [1, 2] : [0]));
    const reduced = rest.length === 0 ? pictures : (build(node.op, [pictures], { axes: rest, keepDims: false }, node.site) as Node);
    return reshaped(reduced, node.shape, node.site);
  }

  private filterGradient(node: NodeOf<'convFilterGradient'> & Node): Node {
    const gradient = blockedFilterGradient(node, this);
    if (!gradient) return rebuild(node, node.inputs.map((each) => this.plain(each)));
    this.filterGradients.set(node, gradient);
    return reshaped(rearranged(gradient, Array<undefined>(5).fill(undefined), [1, 4, 0, 2, 3]), node.shape, node.site);
  }

  /** One transpose instead of two where a filter gradient is asked for in another order of axes. */
  private transposedFilterGradient(node: NodeOf<'transpose'> & Node): Node {
    const places = [[1, 4], [0], [2], [3]]; // of O, C, kh, kw in [C,O/b,kh,kw,b]
    const order = node.attributes.permutation.flatMap((axis) => places[axis]!);
    return reshaped(rearranged(this.filterGradients.get(node.inputs[0]!)!, Array<undefined>(5).fill(undefined), order), node.shape, node.site);
  }
}

/** The graph with convolutions on blocked images; the same leaves, outputs and values but for rounding. Nothing changes without a `block`. */
export function blockedLayout(graph: Graph, block: number | undefined): Graph {
  const convolves = (node: Node): boolean => node.op === 'conv' || node.op === 'convInputGradient' || node.op === 'convFilterGradient';
  if (block === undefined || !topologicalOrder(graph).some(convolves)) return graph;
  return new BlockedLayout(block).run(graph);
}


import { filled, isLeaf, node as build, rebuild } from '../graph/build.js';
import { reachable, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import { Loop } from '../graph/loop.js';
import type { Primitive } from '../graph/primitives.js';
import type { DifferentiatedBody } from './recorded-body.js';

/** An operand of the adjoint loop: where its value comes from. */
export type Source =
  | { readonly of: 'sequence' | 'output cotangent' | 'state cotangent' | 'captured'; readonly index: number }
  /** An output of the forward body, stacked. */
  | { readonly of: 'residual'; readonly output: string }
  /** Zeros like a captured tensor: where its gradient is summed up. */
  | { readonly of: 'zeros'; readonly index: number };

/**
 * The gradient of a loop as a loop over the same positions in the other direction. Its states are the cotangents of the
 * forward states and a sum for each captured tensor; its stacked results are the gradients of the sequences.
 */
export interface Adjoint {
  readonly loop: Loop;
  readonly operands: readonly Source[];
  /** What the forward body must put out: values of a step that the adjoint of the step reads. */
  readonly residuals: Readonly<Record<string, Node>>;
  /** Result that is the gradient of each forward operand; none where it is zero. */
  readonly gradients: readonly ({ readonly result: string; readonly stacked: boolean } | undefined)[];
}

/** Cheap to compute again from a residual, and no smaller than it. */
const VIEWS: ReadonlySet<Primitive> = new Set<Primitive>(['reshape', 'broadcastTo', 'tile', 'transpose', 'cast']);

type LeafNode = NodeOf<'input'>;

/** Nodes of `order` that depend on one of `sources`. */
function dependents(order: readonly Node[], sources: Iterable<Node>): Set<Node> {
  const found = new Set<Node>(sources);
  for (const node of order) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}

/** The part of a recorded step that depends on cotangents, over leaves for what it reads from the forward part. */
class Cut {
  /** Forward values to store, by the leaf that reads them. */
  readonly residuals = new Map<Node, LeafNode>();
  private readonly copies = new Map<Node, Node>();
  private readonly order: readonly Node[];
  private readonly late: ReadonlySet<Node>;
  private readonly stateful: ReadonlySet<Node>;
  private readonly forward: ReadonlySet<Node>;

  constructor({ states, next, outputs, nextCotangents, outputCotangents }: DifferentiatedBody, roots: readonly Node[]) {
    this.order = reachable(roots);
    this.forward = new Set(reachable([...next, ...outputs]));
    this.late = dependents(this.order, [...nextCotangents, ...outputCotangents].filter((leaf) => leaf !== undefined));
    this.stateful = dependents(this.order, states);
    this.copy(this.neededNodes(roots));
  }

  /** The node of the adjoint body that stands for a node of the recorded step. */
  at(node: Node): Node {
    return this.copies.get(node)!;
  }

  /**
   * Whether a value is stored by the forward loop: one that it computes anyway. Slopes are computed by the adjoint, views
   * are made again, and what no state enters can be had for all steps at once, outside of either loop.
   */
  private isStored(node: Node): boolean {
    return !this.late.has(node) && this.stateful.has(node) && (isLeaf(node) || (this.forward.has(node) && !VIEWS.has(node.op)));
  }

  private neededNodes(roots: readonly Node[]): Set<Node> {
    const needed = new Set<Node>(roots);
    for (const node of this.order.toReversed()) {
      if (needed.has(node) && !this.isStored(node)) node.inputs.forEach((input) => needed.add(input));
    }
    return needed;
  }

  private copy(needed: ReadonlySet<Node>): void {
    for (const node of this.order) {
      if (!needed.has(node)) continue;
      if (!this.isStored(node)) {
        this.copies.set(node, rebuild(node, node.inputs.map((input) => this.at(input))));
        continue;
      }
      const leaf: LeafNode = { op: 'input', attributes: { name: `r${this.residuals.size}` }, inputs: [], dtype: node.dtype, shape: node.shape };
      this.residuals.set(node, leaf);
      this.copies.set(node, leaf);
    }
  }
}

interface Operand {
  readonly leaf: LeafNode;
  readonly source: Source;
}

const numbered = <A extends string>(prefix: A, index: number): `${A}${number}` => `${prefix}${index}`;

/** Leaves that are there and that one of `used` is. */
const operandsOf = (leaves: readonly (LeafNode | undefined)[], used: ReadonlySet<Node>, of: Exclude<Source['of'], 'residual'>): Operand[] =>
  leaves.flatMap((leaf, index) => (leaf && used.has(leaf) ? [{ leaf, source: { of, index } }] : []));

/** What the body of the adjoint puts out, by name: `ds` and `dw` are next states, `dx` is stacked. */
function outputsOf(step: DifferentiatedBody, at: (node: Node) => Node, sums: ReadonlyMap<number, LeafNode>): Record<string, Node> {
  const states = step.nextCotangents.flatMap((leaf, i): [string, Node][] => {
    const gradient = step.stateGradients[i];
    return leaf ? [[numbered('ds', i), gradient ? at(gradient) : filled(0, leaf.shape)]] : [];
  });
  const weights = Array.from(sums, ([i, sum]): [string, Node] => [numbered('dw', i), build('add', [sum, at(step.capturedGradients[i]!)], {})]);
  const slices = step.sliceGradients.flatMap((gradient, i): [string, Node][] => (gradient ? [[numbered('dx', i), at(gradient)]] : []));
  return Object.fromEntries([...states, ...weights, ...slices]);
}

/**
 * The adjoint of a loop from one recorded step: with ds the cotangent of the state after step t and dy that of its
 * outputs, step t of the adjoint gives the cotangents of the state before it and of its slices, and adds its share to
 * the gradients of the captured tensors. What it needs of the forward step is stored by the forward loop.
 */
export function adjointOf(step: DifferentiatedBody, { steps, reverse }: { steps: number; reverse: boolean }): Adjoint {
  const gradients = [...step.sliceGradients, ...step.stateGradients, ...step.capturedGradients].filter((gradient) => gradient !== undefined);
  const cut = new Cut(step, gradients);
  const captured = [...step.captured.values()];
  const sums = new Map(step.capturedGradients.flatMap((gradient, i): [number, LeafNode][] =>
    (gradient ? [[i, { ...captured[i]!, attributes: { name: numbered('sum', i) } }]] : [])));
  const outputs = outputsOf(step, (node) => cut.at(node), sums);
  const used = new Set(reachable(Object.values(outputs)));
  const residuals = [...cut.residuals.values()];
  const sequences: Operand[] = [
    ...operandsOf(step.slices, used, 'sequence'),
    ...residuals.map((leaf): Operand => ({ leaf, source: { of: 'residual', output: leaf.attributes.name } })),
    ...operandsOf(step.outputCotangents, used, 'output cotangent'),
  ];
  const states: Operand[] = [
    ...step.nextCotangents.flatMap((leaf, index): Operand[] => (leaf ? [{ leaf, source: { of: 'state cotangent', index } }] : [])),
    ...Array.from(sums, ([index, leaf]): Operand => ({ leaf, source: { of: 'zeros', index } })),
  ];
  const operands = [...sequences, ...states, ...operandsOf(captured, used, 'captured')];
  const body: Graph = { name: 'adjoint', inputs: operands.map(({ leaf }) => leaf), state: [], outputs, updates: {} };
  const carried = Object.keys(outputs).filter((name) => !name.startsWith('dx'));
  const found = (name: string): Adjoint['gradients'][number] => (name in outputs ? { result: name, stacked: name.startsWith('dx') } : undefined);
  return {
    loop: new Loop({ steps, reverse: !reverse, body, sequences: sequences.length, states: states.length, carried }),
    operands: operands.map(({ source }) => source),
    residuals: Object.fromEntries(Array.from(cut.residuals, ([node, leaf]) => [leaf.attributes.name, node])),
    gradients: [
      ...step.slices.map((_, i) => found(numbered('dx', i))),
      ...step.states.map((_, i) => found(numbered('ds', i))),
      ...captured.map((_, i) => found(numbered('dw', i))),
    ],
  };
}

import { findLoops, sameBytes, type Levels, type Loop, type LoopPolicy } from '../fuse/index.js';
import { inputLeaf, isLeaf, rebuild, stateLeaf } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';

/** Names of a program's values in models: a prefix for each kind, so that no two can clash. */
export const valueNames = {
  input: (name: string): string => `in:${name}`,
  state: (name: string): string => `state:${name}`,
  output: (name: string): string => `out:${name}`,
  update: (name: string): string => `next:${name}`,
  cut: (index: number): string => `cut:${index}`,
} as const;

/** A part that ONNX Runtime computes: all leaves and outputs carry the names of `valueNames`. */
export interface ModelSegment {
  readonly kind: 'model';
  readonly graph: Graph;
}

/** A part that WebAssembly kernels compute, one after the other. */
export interface LoopSegment {
  readonly kind: 'loops';
  readonly loops: readonly Loop[];
}

export type Segment = ModelSegment | LoopSegment;

/** A tensor that one segment writes and later ones read. */
export interface Cut {
  readonly name: string;
  readonly node: Node;
  /** Places of the segments that write it, and that read it last. */
  readonly first: number;
  readonly last: number;
}

export interface Schedule {
  /** In the order in which they run. */
  readonly segments: readonly Segment[];
  readonly cuts: ReadonlyMap<Node, Cut>;
  /** Results that loops compute, or that are reshapes of what they compute: to be read from a cut when all has run. */
  readonly fromCuts: ReadonlyMap<string, Cut>;
}

/** Results of a program by their names in models. */
export type Results = ReadonlyMap<string, Node>;

const graphOf = (name: string, results: Results, leaves: Pick<Graph, 'inputs' | 'state'>): Graph =>
  ({ name, ...leaves, outputs: Object.fromEntries(results), updates: {} });

class Scheduler {
  private readonly cutNames = new Map<Node, string>();
  private readonly readUntil = new Map<Node, number>();
  /** What models must give, by their level. */
  private readonly wanted = new Map<number, Map<string, Node>>();

  constructor(private readonly name: string, private readonly results: Results, private readonly readAfter: readonly Node[], private readonly levels: Levels) {}

  run(order: readonly Node[]): Schedule {
    for (const [level, loops] of this.levels.loops) {
      for (const operand of loops.flatMap(({ operands }) => operands)) this.readFrom(level, sameBytes(operand));
    }
    for (const node of order) {
      if (isLeaf(node) || node.op === 'reshape' || this.isLoop(node)) continue;
      for (const operand of node.inputs) this.readFrom(this.levelOf(node), sameBytes(operand));
    }
    for (const node of this.readAfter) this.readFrom(Infinity, sameBytes(node));
    const fromCuts = new Map<string, Node>();
    for (const [name, node] of this.results) {
      const source = sameBytes(node);
      if (isLeaf(source) || !this.isLoop(source)) this.want(isLeaf(source) ? 0 : this.levelOf(source), name, node);
      else {
        this.readFrom(Infinity, source);
        fromCuts.set(name, source);
      }
    }
    return this.assemble(fromCuts);
  }

  private levelOf(node: Node): number {
    return this.levels.of.get(node)!;
  }

  private isLoop(node: Node): boolean {
    return this.levelOf(node) % 2 === 1;
  }

  /** Notes that something at `level` reads a tensor; it crosses where another segment computes it. */
  private readFrom(level: number, source: Node): void {
    if (isLeaf(source) || this.levelOf(source) === level) return;
    if (!this.cutNames.has(source)) {
      this.cutNames.set(source, valueNames.cut(this.cutNames.size));
      if (!this.isLoop(source)) this.want(this.levelOf(source), this.cutNames.get(source)!, source);
    }
    this.readUntil.set(source, Math.max(level, this.readUntil.get(source) ?? 0));
  }

  private want(level: number, name: string, node: Node): void {
    const known = this.wanted.get(level) ?? new Map<string, Node>();
    this.wanted.set(level, known.set(name, node));
  }

  private assemble(fromCuts: ReadonlyMap<string, Node>): Schedule {
    const levels = [...new Set([...this.wanted.keys(), ...this.levels.loops.keys()])].sort((a, b) => a - b);
    const segments = levels.map((level): Segment => {
      const loops = this.levels.loops.get(level);
      return loops ? { kind: 'loops', loops } : { kind: 'model', graph: this.model(this.wanted.get(level)!, level) };
    });
    const place = (level: number): number => (level === Infinity ? levels.length : levels.indexOf(level));
    const cuts = new Map([...this.cutNames].map(([node, name]): [Node, Cut] =>
      [node, { name, node, first: place(this.levelOf(node)), last: place(this.readUntil.get(node)!) }]));
    return { segments, cuts, fromCuts: new Map([...fromCuts].map(([name, node]) => [name, cuts.get(node)!])) };
  }

  /** The graph of one level: what lower levels compute becomes an input. */
  private model(wanted: Results, level: number): Graph {
    const made = new Map<Node, Node>();
    const leaves = { inputs: [] as NodeOf<'input'>[], state: [] as NodeOf<'state'>[] };
    const stop = (node: Node): Node | undefined => {
      if (node.op === 'constant') return node;
      if (node.op === 'state') return addTo(leaves.state, stateLeaf(valueNames.state(node.attributes.name), node));
      if (node.op === 'input') return addTo(leaves.inputs, inputLeaf(valueNames.input(node.attributes.name), node));
      const cut = this.cutNames.get(node);
      return cut !== undefined && this.levelOf(node) !== level ? addTo(leaves.inputs, inputLeaf(cut, node)) : undefined;
    };
    const order = (root: Node): Node => {
      const stack = [root];
      while (stack.length > 0) {
        const node = stack.at(-1)!;
        const open = made.has(node) ? [] : stop(node) ? [] : node.inputs.filter((input) => !made.has(input));
        if (open.length > 0) stack.push(...open);
        else {
          if (!made.has(node)) made.set(node, stop(node) ?? rebuild(node, node.inputs.map((input) => made.get(input)!)));
          stack.pop();
        }
      }
      return made.get(root)!;
    };
    return graphOf(this.name, new Map([...wanted].map(([name, node]) => [name, order(node)])), leaves);
  }
}

function addTo<L extends Node>(leaves: L[], leaf: L): L {
  const known = leaves.find((each) => 'name' in each.attributes && 'name' in leaf.attributes && each.attributes.name === leaf.attributes.name);
  if (known) return known;
  leaves.push(leaf);
  return leaf;
}

export interface ScheduleOptions {
  /** What is cut out as WebAssembly kernels; nothing without it. */
  readonly loops: LoopPolicy | undefined;
  /** Tensors that are read when all segments have run. */
  readonly readAfter: readonly Node[];
}

/** Splits a program into models and loops; where there are no loops that pay, all is one model. */
export function makeSchedule(graph: Graph, results: Results, { loops, readAfter }: ScheduleOptions): Schedule {
  const after = readAfter.map((node, i): [string, Node] => [`after:${i}`, node]);
  const whole = graphOf(graph.name, new Map([...results, ...after]), graph);
  const order = topologicalOrder(whole);
  const levels = (loops ? findLoops(whole, loops) : undefined) ?? { of: new Map(order.map((node) => [node, 0])), loops: new Map() };
  return new Scheduler(graph.name, results, readAfter, levels).run(order);
}

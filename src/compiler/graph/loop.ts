import { topologicalOrder, type Graph, type Node, type NodeOf } from './graph.js';

/** What a loop is made of. The leaves of `body` are its operands in order: slices, states, then fixed values. */
export interface LoopParts {
  readonly steps: number;
  /** Steps go from the last position to the first. Slices and stacked results keep their positions either way. */
  readonly reverse: boolean;
  /** Computes one step. Its leaves are `inputs`; it has neither state nor updates. */
  readonly body: Graph;
  /** How many operands are [steps, ...slice]: step t reads position t. */
  readonly sequences: number;
  /** How many operands are first values of states; a state keeps its dtype and shape. */
  readonly states: number;
  /** Outputs of the body that are the next states, in the order of the states. */
  readonly carried: readonly string[];
  /**
   * Output of the body, one bool: the step in which it is true is the last. Positions that no step reaches are 0 in
   * stacked results.
   */
  readonly until?: string | undefined;
}

/**
 * A recurrence that several `scan` nodes share: one node for each result, all with the same operands. Equal loops have
 * equal JSON, whatever their leaves are called, so attributes can be compared as text.
 */
export class Loop implements LoopParts {
  private text: string | undefined;

  constructor(readonly parts: LoopParts) {}

  get steps(): number {
    return this.parts.steps;
  }

  get reverse(): boolean {
    return this.parts.reverse;
  }

  get body(): Graph {
    return this.parts.body;
  }

  get sequences(): number {
    return this.parts.sequences;
  }

  get states(): number {
    return this.parts.states;
  }

  get carried(): readonly string[] {
    return this.parts.carried;
  }

  get until(): string | undefined {
    return this.parts.until;
  }

  toJSON(): string {
    this.text ??= this.describe();
    return this.text;
  }

  toString(): string {
    const until = this.until === undefined ? '' : ` until ${this.until}`;
    return `${this.steps} steps${this.reverse ? ' backwards' : ''}, ${this.sequences} sequences, carried [${this.carried.join(',')}]${until}`;
  }

  /** Every node as its operation, attributes and places of its operands; leaves by their place among the operands. */
  private describe(): string {
    const { body, ...rest } = { steps: this.steps, reverse: this.reverse, body: this.body, sequences: this.sequences, carried: this.carried, until: this.until };
    const places = new Map<Node, number>();
    const lines = topologicalOrder(body).map((node, i) => {
      places.set(node, i);
      if (node.op === 'input') return `${node.dtype} ${node.shape.join(',')}`;
      return `${node.op} ${JSON.stringify(node.attributes, encode)} ${node.inputs.map((input) => places.get(input)!).join(' ')}`;
    });
    const outputs = Object.entries(body.outputs).map(([name, node]) => `${name}=${places.get(node)}`);
    return [JSON.stringify(rest), ...lines, outputs.join(' ')].join('\n');
  }
}

/** Typed arrays as dtype and values; infinities and NaN, which have no JSON, as text. */
function encode(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${(value as Float32Array).join()}`;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** The nodes that read one loop over the same operands: the loop runs once for all of them. */
export interface LoopGroup {
  readonly loop: Loop;
  readonly operands: readonly Node[];
  readonly members: readonly NodeOf<'scan'>[];
}

/** The loops among nodes, in the order of their first member; every member finds its group. */
export function loopGroups(nodes: Iterable<Node>): Map<NodeOf<'scan'>, LoopGroup> {
  const byLoop = new Map<Loop, (LoopGroup & { members: NodeOf<'scan'>[] })[]>();
  const found = new Map<NodeOf<'scan'>, LoopGroup>();
  for (const node of nodes) {
    if (node.op !== 'scan') continue;
    const { loop } = node.attributes;
    const candidates = byLoop.get(loop) ?? [];
    byLoop.set(loop, candidates);
    let group = candidates.find(({ operands }) => operands.every((operand, i) => operand === node.inputs[i]));
    if (group === undefined) {
      group = { loop, operands: node.inputs, members: [] };
      candidates.push(group);
    }
    group.members.push(node);
    found.set(node, group);
  }
  return found;
}

/** Every node of a graph and of the bodies of its loops; a body is counted once, whatever its number of results. */
export function everyNode(graph: Graph): Node[] {
  const nodes = topologicalOrder(graph);
  const loops = new Set<Loop>(nodes.flatMap((node) => (node.op === 'scan' ? [node.attributes.loop] : [])));
  return [...nodes, ...[...loops].flatMap(({ body }) => everyNode(body))];
}

/** What the operand at a place is for. */
export function roleOf({ sequences, states }: Pick<LoopParts, 'sequences' | 'states'>, place: number): 'sequence' | 'state' | 'fixed' {
  if (place < sequences) return 'sequence';
  return place < sequences + states ? 'state' : 'fixed';
}

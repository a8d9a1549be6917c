import { isLeaf, rebuild } from '../../graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../../graph/graph.js';
import { mapResults } from '../pass.js';
import type { Interning } from './interning.js';
import type { Recorder, RuleTitle } from './recorder.js';
import type { Rewriting } from './rewriting.js';
import { Refusal, type Rule } from './rule.js';

/** Applications of one rule are limited to this many times the number of nodes. */
const BUDGET_PER_NODE = 10;
const LEAST_BUDGET = 100;

const MOST_ROUNDS = 20;

/** Rules look at the readers of nodes down to this many operations below their root. */
const RULE_DEPTH = 4;

/** Nodes with more operands than this are offered to every rule of their operation. */
const MOST_OPERANDS = 3;

/** How equal nodes become one: part of every round. */
export const mergeRule: RuleTitle = { name: 'merge', equation: 'f(x), f(x) -> one f(x)', values: 'same' };

function countReaders(graph: Graph, order: readonly Node[]): Map<Node, number> {
  const readers = new Map<Node, number>();
  const count = (node: Node): void => void readers.set(node, (readers.get(node) ?? 0) + 1);
  for (const node of order) for (const input of node.inputs) count(input);
  for (const results of [graph.outputs, graph.updates]) Object.values(results).forEach(count);
  return readers;
}

/** A node over settled operands, and what takes its place: itself when no rule applies. */
interface Step {
  readonly current: Node;
  readonly replacement: Node;
}

/** Nodes on which no rule of a list applied, by the list. */
export type Quiet = Map<Node, readonly Rule[]>;

/**
 * Applies rules until none fires. A round works through a list of nodes, operands before readers: each node is rebuilt
 * over its settled operands, merged with its equals, and offered to the rules of its operation in order; what a rule makes
 * joins the list. Rules look at a node and what is below it, so a round leaves work for the next one only where a rule
 * asks that nothing else reads a node, and readers have gone. A rule that fires more often than its budget rests, and a
 * note says so.
 */
export class Equilibrium {
  /** By the rules that a node has been offered to, then by its operation and those of its operands. */
  private readonly fittingRules = new Map<readonly Rule[] | undefined, Map<string, readonly Rule[]>>();
  private readonly spent = new Map<Rule, number>();
  private budget = 0;
  private settled = new Map<Node, Node>();

  /** @param quiet is kept from phase to phase, so that a node is offered to a rule once. */
  constructor(
    private readonly name: string,
    private readonly rules: readonly Rule[],
    private readonly interning: Interning,
    private readonly rewriting: Rewriting,
    private readonly recorder: Recorder,
    private readonly quiet: Quiet,
  ) {}

  run(graph: Graph): Graph {
    let current = graph;
    for (let round = 1; ; round++) {
      current = this.round(current);
      const order = topologicalOrder(current);
      const readers = countReaders(current, order);
      const single = new Set(order.filter((node) => node.inputs.length > 0 && readers.get(node) === 1 && !this.rewriting.isSingle(node)));
      if (single.size === 0) return current;
      if (round === MOST_ROUNDS) {
        this.recorder.note(`${this.name}: stopped after ${MOST_ROUNDS} rounds`);
        return current;
      }
      this.disturb(order, single);
    }
  }

  private round(graph: Graph): Graph {
    const order = topologicalOrder(graph);
    this.budget = Math.max(this.budget, BUDGET_PER_NODE * order.length, LEAST_BUDGET);
    this.settled = new Map();
    this.rewriting.begin(countReaders(graph, order));
    for (const node of order) this.settle(node);
    return mapResults(graph, (node) => this.settled.get(node)!);
  }

  /** Nodes that had several readers in the round and have one now: what stands on them is offered to the rules again. */
  private disturb(order: readonly Node[], single: ReadonlySet<Node>): void {
    let below: ReadonlySet<Node> = single;
    for (let depth = 0; depth < RULE_DEPTH; depth++) {
      const above = new Set(order.filter((node) => node.inputs.some((input) => below.has(input))));
      for (const node of above) this.quiet.delete(node);
      below = above;
    }
  }

  /** Settles a node whose operands are settled. */
  private settle(root: Node): Node {
    const known = this.settled.get(root);
    if (known !== undefined) return known;
    const first = this.step(root);
    return first.current === first.replacement ? this.conclude(root, first) : this.settleAll(root, first);
  }

  /** Settles the replacement of a node and first what it stands on. Iterative: graphs are deep. */
  private settleAll(root: Node, first: Step): Node {
    const awaited = new Map<Node, Step>([[root, first]]); // nodes that wait for their replacement to settle
    const list: Node[] = [root];
    while (list.length > 0) {
      const node = list.at(-1)!;
      if (this.settled.has(node)) {
        list.pop();
        continue;
      }
      const step = awaited.get(node);
      if (this.pushUnsettled(step === undefined ? node.inputs : [step.replacement], awaited, list)) continue;
      const next = step ?? this.step(node);
      if (next.current === next.replacement || step !== undefined) this.conclude(node, next);
      else awaited.set(node, next);
    }
    return this.settled.get(root)!;
  }

  /** @returns whether there are any. */
  private pushUnsettled(nodes: readonly Node[], awaited: ReadonlyMap<Node, Step>, list: Node[]): boolean {
    let found = false;
    for (const node of nodes) {
      if (this.settled.has(node)) continue;
      const pending = awaited.get(node);
      if (pending === undefined) list.push(node);
      else this.breakCycle(node, pending.current);
      found = true;
    }
    return found;
  }

  private conclude(node: Node, { current, replacement }: Step): Node {
    const result = this.settled.get(replacement)!;
    this.settled.set(node, result);
    if (current !== node) this.settled.set(current, result);
    this.rewriting.replaced(node, result);
    return result;
  }

  /** A node whose replacement needs the node again stays as it is. */
  private breakCycle(node: Node, current: Node): void {
    this.settled.set(node, current);
    this.settled.set(current, current);
    this.recorder.note(`${this.name}: rules that undo each other met at ${node.op}${node.site === undefined ? '' : `, ${node.site}`}`);
  }

  /** The node over settled operands, merged with its equals, and what the first rule that applies makes of it. */
  private step(node: Node): Step {
    const rebuilt = rebuild(node, node.inputs.map((input) => this.settled.get(input)!));
    const current = this.interning.intern(rebuilt);
    if (current !== rebuilt && !isLeaf(current)) this.recorder.rewrote(mergeRule, rebuilt, current);
    const known = this.settled.get(current);
    if (known !== undefined) return { current: known, replacement: known };
    this.rewriting.at(current);
    for (const rule of this.rulesFor(current)) {
      const replacement = this.attempt(rule, current);
      if (replacement !== undefined) return { current, replacement };
    }
    this.quiet.set(current, this.rules);
    this.settled.set(current, current);
    return { current, replacement: current };
  }

  /** The rules that the node has not been offered to and whose operations its own and its operands' are. */
  private rulesFor(node: Node): readonly Rule[] {
    const tried = this.quiet.get(node);
    if (tried === this.rules) return [];
    let fitting = this.fittingRules.get(tried);
    if (fitting === undefined) this.fittingRules.set(tried, (fitting = new Map<string, readonly Rule[]>()));
    let key: string = node.op;
    for (const { op } of node.inputs.length > MOST_OPERANDS ? [] : node.inputs) key += ` ${op}`;
    let found = fitting.get(key);
    if (found === undefined) fitting.set(key, (found = this.selectRules(node, tried)));
    return found;
  }

  private selectRules(node: Node, tried: readonly Rule[] | undefined): Rule[] {
    const fits = ({ operands }: Rule): boolean =>
      operands === undefined || node.inputs.length > MOST_OPERANDS || node.inputs.some(({ op }) => operands.includes(op));
    return this.rules.filter((rule) => rule.roots.includes(node.op) && !tried?.includes(rule) && fits(rule));
  }

  private attempt(rule: Rule, node: Node): Node | undefined {
    const spent = this.spent.get(rule) ?? 0;
    if (spent >= this.budget) {
      this.recorder.note(`${this.name}: ${rule.name} reached its budget of ${this.budget} applications`);
      return undefined;
    }
    const outcome = rule.apply(node, this.rewriting);
    if (outcome instanceof Refusal) {
      this.recorder.refuse(rule, node, outcome.reason);
      return undefined;
    }
    if (outcome !== undefined) {
      this.spent.set(rule, spent + 1);
      this.recorder.rewrote(rule, node, outcome);
      this.rewriting.adopt(outcome);
    }
    return outcome;
  }
}

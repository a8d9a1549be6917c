import { sameShape } from '../graph/dimensions.js';
import { rebuild } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import type { RewriteListener, RuleTitle } from './rewriting/recorder.js';

/** One optimisation: a graph with the same leaves, outputs and values. */
export interface Pass {
  readonly name: string;
  /** What it does, as one rule. */
  readonly rule: RuleTitle;
  /** @param onRewrite is told of every node that another one replaces. */
  run(graph: Graph, onRewrite?: RewriteListener): Graph;
}

/** A local rule: the same node, or one of equal value, dtype and shape. `original` is the node of the graph before. */
export type RewriteRule = (node: Node, original: Node) => Node;

const mapValues = (record: Readonly<Record<string, Node>>, map: (node: Node) => Node): Record<string, Node> =>
  Object.fromEntries(Object.entries(record).map(([name, node]) => [name, map(node)]));

/** The graph with other results over the same leaves. */
export function mapResults(graph: Graph, map: (node: Node) => Node): Graph {
  return { ...graph, outputs: mapValues(graph.outputs, map), updates: mapValues(graph.updates, map) };
}

/**
 * Applies a rule to every node, operands first; each node is rebuilt over its rewritten operands before.
 * @param onReplaced is told of every node that the rule replaces.
 */
export function rewrite(graph: Graph, rule: RewriteRule, onReplaced?: (before: Node, after: Node) => void): Graph {
  const rewritten = new Map<Node, Node>();
  for (const original of topologicalOrder(graph)) {
    const rebuilt = rebuild(original, original.inputs.map((input) => rewritten.get(input)!));
    const result = rule(rebuilt, original);
    if (result.dtype !== original.dtype || !sameShape(result.shape, original.shape)) {
      throw new Error(`internal: ${original.op} [${original.shape.join(',')}] was rewritten to ${result.op} [${result.shape.join(',')}]`);
    }
    if (result !== rebuilt) onReplaced?.(rebuilt, result);
    rewritten.set(original, result);
  }
  return mapResults(graph, (node) => rewritten.get(node)!);
}

/** Users of each node, results of the graph not counted. */
export function usersOf(graph: Graph): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of topologicalOrder(graph)) {
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  }
  return users;
}

import { describeSpec, isDynamic, sizeOf } from '../signature.js';
import { arrayOf, deriveSpec, isLeaf } from './build.js';
import { sameShape } from './dimensions.js';
import { topologicalOrder, type Graph, type Node } from './graph.js';
import type { Loop } from './loop.js';
import { nodeNames, printNode } from './print.js';

/** Operations that were found sound: nodes never change. */
const sound = new WeakSet<Node>();

/** What is wrong with one node, or nothing. */
function faultOf(node: Node, graph: Graph): string | undefined {
  if (!isLeaf(node)) {
    if (sound.has(node)) return undefined;
    const derived = deriveSpec(node.op, node.inputs, node.attributes, node.site);
    const same = derived.dtype === node.dtype && sameShape(derived.shape, node.shape);
    if (same) sound.add(node);
    return same ? undefined : `carries ${describeSpec(node)} but its operands give ${describeSpec(derived)}`;
  }
  if (node.inputs.length > 0) return 'is a leaf with operands';
  if (node.op === 'input') return graph.inputs.includes(node) ? undefined : 'is an input that the graph does not declare';
  if (node.op === 'state') return graph.state.includes(node) ? undefined : 'is a state tensor that the graph does not declare';
  if (isDynamic(node.shape)) return 'is a constant whose shape depends on the batch';
  const { value } = node.attributes;
  return value instanceof arrayOf(node.dtype) && value.length === sizeOf(node.shape) ? undefined : `holds ${value.length} values of another kind`;
}

function expectUniqueNames(leaves: readonly { attributes: { name: string } }[], fail: (message: string) => never): void {
  const seen = new Set<string>();
  for (const { attributes: { name } } of leaves) {
    if (seen.has(name)) fail(`two leaves are called '${name}'`);
    seen.add(name);
  }
}

/** What is wrong with a loop apart from its body, or nothing. Operands are checked where they are given. */
function loopFault({ steps, body, sequences, states, carried, until }: Loop): string | undefined {
  if (!Number.isInteger(steps) || steps < 1) return `has ${steps} steps`;
  if (body.state.length > 0 || Object.keys(body.updates).length > 0) return 'has state in its body';
  if (carried.length !== states || sequences + states > body.inputs.length) return `has ${states} states but carries ${carried.length}`;
  for (const [i, name] of carried.entries()) {
    const [state, next] = [body.inputs[sequences + i]!, body.outputs[name]];
    if (next === undefined || describeSpec(next) !== describeSpec(state)) return `state ${i} is ${describeSpec(state)}, then ${next ? describeSpec(next) : 'missing'}`;
  }
  if (until === undefined) return undefined;
  const stop = body.outputs[until];
  return stop && describeSpec(stop) === 'bool[]' ? undefined : `stops by ${stop ? describeSpec(stop) : 'nothing'}`;
}

/**
 * Checks the written rules of a graph: dtype and shape of every node follow from its operands, leaves are declared once
 * and by one name, constants hold what they say, operands come before users (no cycle), updates fit their state tensor; bodies of loops are graphs
 * without state whose next states fit the states.
 * @param when e.g. `after constant-folding`, for the message.
 * @throws Error starting with `internal:` - a graph is built by this program, never by its user.
 */
export function verify(graph: Graph, when: string): void {
  const fail = (message: string): never => {
    throw new Error(`internal: graph '${graph.name}' ${when}: ${message}`);
  };
  expectUniqueNames(graph.inputs, fail);
  expectUniqueNames(graph.state, fail);
  const seen = new Set<Node>();
  const loops = new Set<Loop>();
  for (const node of topologicalOrder(graph)) {
    if (!node.inputs.every((input) => seen.has(input))) fail(`${node.op} at ${node.site ?? 'unknown site'} is part of a cycle`);
    seen.add(node);
    const fault = faultOf(node, graph);
    if (fault !== undefined) fail(`${printNode(node, nodeNames(graph))} ${fault}`);
    if (node.op === 'scan') loops.add(node.attributes.loop);
  }
  for (const loop of loops) {
    const fault = loopFault(loop);
    if (fault !== undefined) fail(`a loop ${fault}`);
    verify(loop.body, when);
  }
  for (const [name, update] of Object.entries(graph.updates)) {
    const leaf = graph.state.find((node) => node.attributes.name === name);
    if (leaf === undefined) return fail(`the update '${name}' has no state tensor`);
    if (describeSpec(leaf) !== describeSpec(update)) fail(`the update of '${name}' is ${describeSpec(update)} instead of ${describeSpec(leaf)}`);
  }
}

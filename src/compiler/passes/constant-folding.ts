import { evaluate } from '../evaluate/index.js';
import { constant, isLeaf } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import { isDynamic, sizeOf } from '../signature.js';
import { rewrite, type Pass } from './pass.js';

/** Larger results stay computations: they would fill memory and model files. */
const MOST_ELEMENTS = 65_536;

/** Broadcasts are kept: they are cheaper than the values they stand for. */
const EXPANDING: ReadonlySet<Node['op']> = new Set(['broadcastTo', 'tile']);

function folds(node: Node): boolean {
  return !isLeaf(node) && !EXPANDING.has(node.op) && node.inputs.length > 0 && node.inputs.every((input) => input.op === 'constant') &&
    !isDynamic(node.shape) && sizeOf(node.shape) <= MOST_ELEMENTS;
}

/** op(constants) -> constant */
export const constantFolding: Pass = {
  name: 'constant-folding',
  run: (graph) => rewrite(graph, (node) => {
    if (!folds(node)) return node;
    const { outputs } = evaluate({ name: 'folding', inputs: [], state: [], outputs: { value: node }, updates: {} }, {}, {});
    return constant(outputs.value!.data, node.shape, node.dtype, node.site);
  }),
};

import { evaluate } from '../../evaluate/index.js';
import { constant, shapeRules } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import type { Operation } from '../../graph/rules/rule.js';
import { isDynamic, sizeOf } from '../../signature.js';
import { defineRule, type Rule } from '../rewriting/rule.js';

/** Larger results stay computations: they would fill memory and model files. */
const MOST_ELEMENTS = 65_536;

/** Broadcasts are kept: they are cheaper than the values they stand for. */
const EXPANDING: ReadonlySet<Primitive> = new Set<Primitive>(['broadcastTo', 'tile']);

const isFoldable = (node: Node): boolean =>
  node.inputs.length > 0 && node.inputs.every((input) => input.op === 'constant') && !EXPANDING.has(node.op) && !isDynamic(node.shape);

export const foldingRules: readonly Rule[] = [
  defineRule({
    name: 'constant-folding', equation: 'f(constants) -> constant', guard: `at most ${MOST_ELEMENTS.toLocaleString('en')} elements`,
    roots: Object.keys(shapeRules) as Operation[], operands: ['constant'],
    pattern: (node) => (isFoldable(node) ? node : undefined),
    check: ({ shape }) => (sizeOf(shape) <= MOST_ELEMENTS ? undefined : `the result has ${sizeOf(shape)} elements; at most ${MOST_ELEMENTS} are stored`),
    rewrite: (node) => {
      const { outputs } = evaluate({ name: 'folding', inputs: [], state: [], outputs: { value: node }, updates: {} }, {}, {});
      return constant(outputs.value!.data, node.shape, node.dtype, node.site);
    },
  }),
];

import type { NodeOf } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import type { OnnxBuilder } from './onnx-builder.js';

/**
 * Writes the ONNX nodes of one primitive and returns the name of its result.
 * `inputs` are the names of the operands' values, in the order of `node.inputs`.
 */
export type LoweringRule<P extends Primitive> = (node: NodeOf<P>, inputs: readonly string[], onnx: OnnxBuilder) => string;
export type LoweringRules<P extends Primitive> = { readonly [K in P]: LoweringRule<K> };

/** Leaves are not lowered by a rule: they become inputs, initialisers or constants. */
export type Leaf = 'input' | 'state' | 'constant';

/** What one node says by itself; a loop is written for all of its nodes at once. */
export type Lowered = Exclude<Primitive, Leaf | 'scan'>;

import type { Node } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import { blockedRules } from './blocked.js';
import { convolutionRules } from './convolution.js';
import { elementwiseRules } from './elementwise.js';
import { indexingRules } from './indexing.js';
import { linearAlgebraRules } from './linear-algebra.js';
import type { OnnxBuilder } from './onnx-builder.js';
import { poolingRules } from './pooling.js';
import { reductionRules } from './reductions.js';
import type { Lowered, LoweringRule, LoweringRules } from './rule.js';
import { shapeRules } from './shape.js';

/** One rule for each primitive that computes: a primitive without a rule does not compile. */
export const loweringRules: LoweringRules<Lowered> = {
  ...elementwiseRules,
  ...reductionRules,
  ...linearAlgebraRules,
  ...convolutionRules,
  ...blockedRules,
  ...poolingRules,
  ...shapeRules,
  ...indexingRules,
};

/** Lowers one node that is neither leaf nor loop; returns the name of its value. */
export function lowerNode(node: Node, inputs: readonly string[], onnx: OnnxBuilder): string {
  if (node.op === 'input' || node.op === 'state' || node.op === 'constant' || node.op === 'scan') throw new Error(`internal: '${node.op}' has no lowering rule`);
  const rule = loweringRules[node.op] as LoweringRule<Primitive>;
  return rule(node, inputs, onnx);
}

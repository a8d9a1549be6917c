import type { NodeOf } from '../../../graph/graph.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const inner = (node: NodeOf<'cast'>): NodeOf<'cast'> | undefined => (node.inputs[0]!.op === 'cast' ? node.inputs[0] : undefined);

/** Casts that change nothing or repeat. */
export const castRules: readonly Rule[] = [
  defineRule({
    name: 'cast-to-own-type', equation: 'cast(x, dtype of x) -> x', roots: ['cast'],
    pattern: (node) => (node.inputs[0]!.dtype === node.attributes.to ? node.inputs[0] : undefined),
    rewrite: (x) => x,
  }),
  defineRule({
    name: 'cast-there-and-back', equation: 'cast(cast(x, wider), dtype of x) -> x', guard: 'the type in between holds every value of x', roots: ['cast'], operands: ['cast'],
    pattern: (node) => {
      const between = inner(node);
      const x = between?.inputs[0];
      return x?.dtype === node.attributes.to ? { x, between } : undefined;
    },
    check: ({ x, between }) => {
      if (x.dtype === 'bool' || (x.op === 'oneHot' && Number.isInteger(x.attributes.on) && Number.isInteger(x.attributes.off))) return undefined;
      return `${between!.dtype} does not hold every value of ${x.dtype}`;
    },
    rewrite: ({ x }) => x,
  }),
  defineRule({
    name: 'cast-of-cast', equation: 'cast(cast(bool x, int32), float32) -> cast(x, float32)', guard: 'x is bool', roots: ['cast'], operands: ['cast'],
    pattern: (node) => {
      const between = inner(node);
      const x = between?.inputs[0];
      return x?.dtype === 'bool' && between!.dtype !== 'bool' && node.attributes.to !== 'bool' ? x : undefined;
    },
    rewrite: (x, rewriting, { attributes }) => rewriting.node('cast', [x], attributes),
  }),
];

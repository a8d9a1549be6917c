import type { Node, NodeOf } from '../../../graph/graph.js';
import { fixedCount } from '../../knowledge/value-range.js';
import { uniformValue } from '../../knowledge/constants.js';
import { defineEquation } from '../../rewriting/equation.js';
import { div, number, variable } from '../../rewriting/pattern.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const x = variable('x');

/** A sum that is divided by the number of its terms. */
function dividedSum({ op, inputs: [a, b] }: NodeOf<'mul'> | NodeOf<'div'>): NodeOf<'reduceSum'> | undefined {
  const pairs: [Node, Node][] = op === 'div' ? [[a!, b!]] : [[a!, b!], [b!, a!]];
  for (const [sum, other] of pairs) {
    const value = uniformValue(other);
    const count = sum.op === 'reduceSum' && sum.dtype === 'float32' ? fixedCount(sum.inputs[0]!, sum.attributes.axes) : undefined;
    if (value !== undefined && count !== undefined && value === Math.fround(op === 'div' ? count : 1 / count)) return sum as NodeOf<'reduceSum'>;
  }
  return undefined;
}

/** x and the slope below 0 of x step(x). */
function steppedBySelf({ inputs: [a, b] }: Node): NodeOf<'step'> | undefined {
  if (a!.op === 'step' && a.inputs[0] === b) return a;
  return b!.op === 'step' && b.inputs[0] === a ? (b) : undefined;
}

/** One operation in the place of two. */
export const shorterOperationRules: readonly Rule[] = [
  defineRule({
    name: 'square', equation: 'x x -> square(x)', roots: ['mul'],
    pattern: ({ inputs: [a, b] }) => (a === b ? a : undefined),
    rewrite: (operand, rewriting) => rewriting.apply('square', operand),
  }),
  defineEquation({
    name: 'reciprocal', equation: '1 / x -> reciprocal(x)', values: 'rounding', roots: ['div'],
    pattern: div(number(1), x),
    rewrite: (match, rewriting) => rewriting.apply('reciprocal', match.x),
  }),
  defineRule({
    name: 'mean', equation: 'sum(x) / n -> mean(x)', values: 'rounding', guard: 'n is the number of terms; nothing else reads the sum', roots: ['div', 'mul'], operands: ['reduceSum'],
    pattern: dividedSum,
    check: (sum, rewriting) => (rewriting.isSingle(sum) ? undefined : 'the sum has another reader and is computed anyway'),
    rewrite: (sum, rewriting) => rewriting.node('reduceMean', sum.inputs, sum.attributes),
  }),
  defineRule({
    name: 'stepped-by-self', equation: 'x step(x) -> relu(x), x step(x, a) -> leakyRelu(x, a)', values: 'stable', roots: ['mul'], operands: ['step'],
    pattern: steppedBySelf,
    rewrite: ({ inputs, attributes: { alpha } }, rewriting) =>
      (alpha === 0 ? rewriting.apply('relu', inputs[0]!) : rewriting.node('leakyRelu', inputs, { alpha })),
  }),
];

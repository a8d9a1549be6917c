import type { Node } from '../../../graph/graph.js';
import type { Primitive } from '../../../graph/primitives.js';
import { CONSTANT_LIKE, isFilledWith } from '../../knowledge/constants.js';
import { valueRange } from '../../knowledge/value-range.js';
import { and, named, not, number, or, variable } from '../../rewriting/pattern.js';
import { defineEquation } from '../../rewriting/equation.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const x = variable('x');
const COMPARISONS = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const;

/** Comparisons of x with x: NaN is neither equal to itself nor ordered. */
const TRUE_OF_EQUAL: ReadonlySet<Primitive> = new Set<Primitive>(['equal', 'lessEqual', 'greaterEqual']);
const FALSE_EVEN_OF_NAN: ReadonlySet<Primitive> = new Set<Primitive>(['less', 'greater']);

interface Choice {
  readonly condition: Node;
  readonly yes: Node;
  readonly no: Node;
}

const choice = (node: Node): Choice => ({ condition: node.inputs[0]!, yes: node.inputs[1]!, no: node.inputs[2]! });

/** A choice inside a branch of a choice by the same condition. */
function nestedChoice(node: Node): Choice | undefined {
  const { condition, yes, no } = choice(node);
  const decided = (branch: Node, taken: 1 | 2): Node => (branch.op === 'select' && branch.inputs[0] === condition ? branch.inputs[taken]! : branch);
  const inner = { condition, yes: decided(yes, 1), no: decided(no, 2) };
  return inner.yes === yes && inner.no === no ? undefined : inner;
}

export const logicRules: readonly Rule[] = [
  defineEquation({ name: 'double-not', equation: 'not(not(x)) -> x', roots: ['not'], pattern: not(not(x)), rewrite: (match) => match.x }),
  defineRule({
    name: 'not-equal', equation: 'not(a = b) -> a != b, not(a != b) -> a = b', guard: 'nothing else reads the comparison', roots: ['not'], operands: ['equal', 'notEqual'],
    pattern: ({ inputs: [inner] }) => (inner!.op === 'equal' || inner!.op === 'notEqual' ? inner : undefined),
    check: (inner, rewriting) => (rewriting.isSingle(inner) ? undefined : 'the comparison has another reader and is computed anyway'),
    rewrite: ({ op, inputs }, rewriting) => rewriting.apply(op === 'equal' ? 'notEqual' : 'equal', ...inputs),
  }),
  defineRule({
    name: 'compared-with-itself', equation: 'x = x -> true, x <= x -> true, x < x -> false, x != x -> false',
    guard: 'x is never NaN; x < x is false for NaN too', roots: COMPARISONS,
    pattern: ({ inputs: [a, b] }) => (a === b ? a : undefined),
    check: (same, rewriting, { op }) => {
      if (rewriting.dropsNaN || FALSE_EVEN_OF_NAN.has(op) || !valueRange(same).mayBeNaN) return undefined;
      return 'would lose NaN: x may be NaN, which is not equal to itself';
    },
    rewrite: (_, rewriting, { op, shape }) => rewriting.filled(TRUE_OF_EQUAL.has(op) ? 1 : 0, shape, 'bool'),
  }),
  defineRule({
    name: 'logical-idempotence', equation: 'x and x -> x, x or x -> x', roots: ['and', 'or'],
    pattern: ({ inputs: [a, b] }) => (a === b ? a : undefined),
    rewrite: (same) => same,
  }),
  defineEquation({
    name: 'logical-neutral', equation: 'x and true -> x, x or false -> x', roots: ['and', 'or'],
    pattern: [and(x, number(1)), or(x, number(0))],
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'logical-absorbing', equation: 'x and false -> false, x or true -> true', roots: ['and', 'or'],
    pattern: [and(x, named('c', number(0))), or(x, named('c', number(1)))],
    rewrite: (match) => match.c,
  }),
  defineRule({
    name: 'choice-of-equals', equation: 'select(c, x, x) -> x', roots: ['select'],
    pattern: (node) => (choice(node).yes === choice(node).no ? choice(node).yes : undefined),
    rewrite: (same) => same,
  }),
  defineRule({
    name: 'choice-by-constant', equation: 'select(true, x, y) -> x, select(false, x, y) -> y', roots: ['select'], operands: CONSTANT_LIKE,
    pattern: (node) => {
      const { condition, yes, no } = choice(node);
      return isFilledWith(condition, 1) ? yes : isFilledWith(condition, 0) ? no : undefined;
    },
    rewrite: (taken) => taken,
  }),
  defineRule({
    name: 'choice-by-negation', equation: 'select(not(c), x, y) -> select(c, y, x)', roots: ['select'], operands: ['not'],
    pattern: (node) => (choice(node).condition.op === 'not' ? choice(node) : undefined),
    rewrite: ({ condition, yes, no }, rewriting) => rewriting.apply('select', condition.inputs[0]!, no, yes),
  }),
  defineRule({
    name: 'choice-in-choice', equation: 'select(c, select(c, x, y), z) -> select(c, x, z)', roots: ['select'], operands: ['select'],
    pattern: nestedChoice,
    rewrite: ({ condition, yes, no }, rewriting) => rewriting.apply('select', condition, yes, no),
  }),
];

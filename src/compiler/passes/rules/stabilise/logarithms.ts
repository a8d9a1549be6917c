import { negated } from '../../knowledge/complements.js';
import { valueRange } from '../../knowledge/value-range.js';
import { defineEquation } from '../../rewriting/equation.js';
import { add, exp, expm1, log, log1p, named, neg, number, sigmoid, softplus, sub, variable } from '../../rewriting/pattern.js';
import type { Rule } from '../../rewriting/rule.js';

const x = variable('x');

/** Logarithms and exponentials next to 1, where 1 + x rounds x away. */
export const logarithmRules: readonly Rule[] = [
  defineEquation({
    name: 'log-of-sigmoid', equation: 'log(sigmoid(x)) -> -softplus(-x)', values: 'stable', roots: ['log'],
    pattern: log(sigmoid(x)),
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('softplus', negated(match.x, (of) => rewriting.apply('neg', of)))),
  }),
  defineEquation({
    name: 'log-of-one-minus-sigmoid', equation: 'log(1 - sigmoid(x)) -> -softplus(x)', values: 'stable', roots: ['log', 'log1p'],
    pattern: [log(sub(number(1), sigmoid(x))), log1p(neg(sigmoid(x)))],
    rewrite: (match, rewriting) => rewriting.apply('neg', rewriting.apply('softplus', match.x)),
  }),
  defineEquation({
    name: 'softplus-of-exponential', equation: 'log1p(exp(x)) -> softplus(x)', values: 'stable', roots: ['log1p'],
    pattern: log1p(exp(x)),
    rewrite: (match, rewriting) => rewriting.apply('softplus', match.x),
  }),
  defineEquation({
    name: 'log-of-one-plus', equation: 'log(1 + x) -> log1p(x)', values: 'stable', roots: ['log'],
    pattern: log(add(number(1), x)),
    rewrite: (match, rewriting) => rewriting.apply('log1p', match.x),
  }),
  defineEquation({
    name: 'log-of-one-minus', equation: 'log(1 - x) -> log1p(-x)', values: 'stable', roots: ['log'],
    pattern: log(sub(number(1), x)),
    rewrite: (match, rewriting) => rewriting.apply('log1p', rewriting.apply('neg', match.x)),
  }),
  defineEquation({
    name: 'exponential-minus-one', equation: 'exp(x) - 1 -> expm1(x)', values: 'stable', roots: ['sub', 'add'],
    pattern: [sub(exp(x), number(1)), add(exp(x), number(-1))],
    rewrite: (match, rewriting) => rewriting.apply('expm1', match.x),
  }),
  defineEquation({
    name: 'expm1-of-log1p', equation: 'expm1(log1p(x)) -> x', guard: 'x is never below -1', values: 'stable', roots: ['expm1'],
    pattern: expm1(log1p(x)),
    check: (match, rewriting) => (rewriting.dropsNaN || valueRange(match.x).low >= -1 ? undefined : 'would lose NaN: x may be below -1'),
    rewrite: (match) => match.x,
  }),
  defineEquation({
    name: 'minus-softplus', equation: 'x - softplus(x) -> -softplus(-x), softplus(x) - x -> softplus(-x)', values: 'stable', roots: ['sub'],
    guard: 'nothing else reads softplus(x)',
    pattern: [sub(x, named('soft', softplus(x))), sub(named('soft', softplus(x)), x)],
    check: ({ soft }, rewriting) => (rewriting.isSingle(soft) ? undefined : 'softplus(x) has another reader and is computed anyway'),
    rewrite: ({ x: of, soft }, rewriting, { inputs: [left] }) => {
      const result = rewriting.apply('softplus', negated(of, (each) => rewriting.apply('neg', each)));
      return left === soft ? result : rewriting.apply('neg', result);
    },
  }),
];

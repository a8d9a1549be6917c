import type { Primitive } from '../../graph/primitives.js';
import { matchAny, type Match, type Pattern } from './pattern.js';
import { defineRule, type Rule, type RuleDefinition } from './rule.js';

/** A rule whose left side is written as a pattern, or as several of which the first that fits counts. */
export interface EquationDefinition<P extends Primitive, V extends string> extends Omit<RuleDefinition<P, Match<V>>, 'pattern' | 'operands'> {
  readonly pattern: Pattern<V> | readonly Pattern<V>[];
}

/** Makes a rule of a pattern with variables and its right side. */
export function defineEquation<P extends Primitive, V extends string>({ pattern, ...definition }: EquationDefinition<P, V>): Rule {
  const patterns = 'match' in pattern ? [pattern] : pattern;
  const operands = patterns.every(({ operandOps }) => operandOps !== undefined) ? patterns.flatMap(({ operandOps }) => operandOps ?? []) : undefined;
  return defineRule<P, Match<V>>({ ...definition, operands, pattern: (node) => matchAny(patterns, node) });
}

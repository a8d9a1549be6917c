import { fail } from '../source/problem.js';
import type { Position } from '../source/position.js';
import type { Argument } from '../syntax/ast.js';

export interface AcceptedParameter {
  readonly name: string;
  readonly required: boolean;
}

/**
 * Which argument of a call is for which parameter: by position first, then by name.
 * @param signature how messages show what is accepted.
 */
export function bindArguments(
  name: string, parameters: readonly AcceptedParameter[], given: readonly Argument[], at: Position, signature: string,
): Map<string, Argument> {
  const bound = new Map<string, Argument>();
  for (const [i, argument] of given.entries()) {
    const positional = argument.name === undefined;
    if (positional && i > 0 && given[i - 1]!.name !== undefined) fail('argument', argument.at, `${name} got an argument without a name after one with a name`, signature);
    const parameter = positional ? parameters[i]?.name : argument.name;
    if (parameter === undefined) fail('argument', argument.at, `${name} got ${given.length} arguments`, signature);
    if (!parameters.some((each) => each.name === parameter)) fail('argument', argument.at, `${name} has no parameter '${parameter}'`, signature);
    if (bound.has(parameter)) fail('argument', argument.at, `${name} got '${parameter}' twice`, signature);
    bound.set(parameter, argument);
  }
  const missing = parameters.find((each) => each.required && !bound.has(each.name));
  if (missing !== undefined) fail('argument', at, `${name} needs '${missing.name}'`, signature);
  return bound;
}

import type { Argument, Expression, IndexItem } from '../syntax/ast.js';
import type { Position } from '../source/position.js';

/** Where an expression mentions what is defined outside of it. */
export interface References {
  readonly values: Map<string, Position>;
  readonly functions: Map<string, Position>;
}

type Bound = ReadonlySet<string>;

const plus = (bound: Bound, names: readonly { readonly name: string }[]): Bound => new Set([...bound, ...names.map(({ name }) => name)]);

const indexParts = (item: IndexItem): Expression[] =>
  item.kind === 'at' ? [item.value] : item.kind === 'range' ? [item.start, item.stop, item.step].filter((part) => part !== undefined) : [];

/** Adds the free names of `expression`; `bound` are parameters and local definitions around it. */
function collect(expression: Expression, bound: Bound, found: References): void {
  const each = (parts: readonly Expression[]): void => parts.forEach((part) => collect(part, bound, found));
  switch (expression.kind) {
    case 'number': case 'boolean': return;
    case 'name':
      if (!bound.has(expression.name)) found.values.set(expression.name, expression.at);
      return;
    case 'list': return each(expression.items);
    case 'call':
      if (!bound.has(expression.name)) found.functions.set(expression.name, expression.at);
      return each(expression.arguments.map(({ value }: Argument) => value));
    case 'index': return each([expression.target, ...expression.items.flatMap(indexParts)]);
    case 'unary': return each([expression.operand]);
    case 'chain': return each([expression.first, ...expression.rest.map(({ operand }) => operand)]);
    case 'lambda': return collect(expression.body, plus(bound, expression.parameters), found);
    case 'block': {
      let inner = bound;
      for (const { names, value } of expression.definitions) {
        collect(value, inner, found);
        inner = plus(inner, names);
      }
      return collect(expression.result, inner, found);
    }
  }
}

/** Names that `expression` takes from outside. */
export function referencesOf(expression: Expression, parameters: readonly { readonly name: string }[] = []): References {
  const found: References = { values: new Map(), functions: new Map() };
  collect(expression, plus(new Set(), parameters), found);
  return found;
}

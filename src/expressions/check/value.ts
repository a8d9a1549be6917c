import type { Expression, Parameter } from '../syntax/ast.js';
import type { Position } from '../source/position.js';
import type { Dimension } from '../types/dimension.js';
import { showType } from '../types/tensor-type.js';
import type { Scope } from './scope.js';
import type { Term } from './term.js';

/** What an expression stands for while it is checked. */
export type Value =
  | { readonly kind: 'tensor'; readonly term: Term }
  /** A whole number that is known before any call, or is known from the unknown dimensions: takes the dtype that is asked for. */
  | { readonly kind: 'whole'; readonly number: Dimension; readonly at: Position }
  /** A float32 number written in the source. */
  | { readonly kind: 'real'; readonly number: number; readonly at: Position }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly at: Position }
  | { readonly kind: 'stream'; readonly name: string; readonly at: Position }
  | { readonly kind: 'lambda'; readonly parameters: readonly Parameter[]; readonly body: Expression; readonly scope: Scope; readonly at: Position };

export const tensorValue = (term: Term): Value => ({ kind: 'tensor', term });

const isNumeric = (value: Value): boolean => value.kind === 'whole' || value.kind === 'real' || (value.kind === 'list' && value.items.every(isNumeric));

/** Whether a value is several tensors: a list of numbers alone is one. */
export const isTensorList = (value: Value): value is Extract<Value, { kind: 'list' }> => value.kind === 'list' && !isNumeric(value);

/** How messages call a value. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case 'tensor': return showType(value.term.type);
    case 'whole': return `the whole number ${value.number.key}`;
    case 'real': return `the number ${value.number}`;
    case 'list': return `a list of ${value.items.length}`;
    case 'stream': return `the stream '${value.name}'`;
    case 'lambda': return 'a function';
  }
}

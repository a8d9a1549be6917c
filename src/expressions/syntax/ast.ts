import type { DType } from '../../compiler/tensors.js';
import type { Position } from '../source/position.js';

export type BinaryOperator =
  | 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '//' | '%' | '@' | '^';
export type UnaryOperator = '-' | 'not';

/** `at` is where a message about the expression points: the operator, the name of the function, the opening bracket. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly whole: boolean; readonly at: Position }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly at: Position }
  | { readonly kind: 'name'; readonly name: string; readonly at: Position }
  | { readonly kind: 'list'; readonly items: readonly Expression[]; readonly at: Position }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Argument[]; readonly at: Position }
  | { readonly kind: 'index'; readonly target: Expression; readonly items: readonly IndexItem[]; readonly at: Position }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; readonly at: Position }
  | { readonly kind: 'chain'; readonly first: Expression; readonly rest: readonly ChainLink[]; readonly at: Position }
  | { readonly kind: 'lambda'; readonly parameters: readonly Parameter[]; readonly body: Expression; readonly at: Position }
  | { readonly kind: 'block'; readonly definitions: readonly Definition[]; readonly result: Expression; readonly at: Position };

/**
 * One more operand of operators of equal precedence, from the left: a - b + c is a chain of two links. So a sum of a
 * thousand terms is not a thousand levels deep.
 */
export interface ChainLink {
  readonly operator: BinaryOperator;
  readonly operand: Expression;
  readonly at: Position;
}

export interface Argument {
  readonly name?: string;
  readonly value: Expression;
  readonly at: Position;
}

export type IndexItem =
  | { readonly kind: 'at'; readonly value: Expression; readonly at: Position }
  | { readonly kind: 'range'; readonly start?: Expression; readonly stop?: Expression; readonly step?: Expression; readonly at: Position }
  | { readonly kind: 'rest'; readonly at: Position };

export interface Parameter {
  readonly name: string;
  readonly at: Position;
}

/** `let a = ...`, or `let [a, b] = ...`, which takes a list apart. */
export interface Definition {
  readonly names: readonly Parameter[];
  readonly list: boolean;
  readonly type?: TypeExpression;
  readonly value: Expression;
  readonly at: Position;
}

/** `float32[n, 784]`: a number is a fixed length, a name an unknown dimension. */
export interface TypeExpression {
  readonly dtype: DType;
  readonly shape: readonly DimensionExpression[];
  readonly at: Position;
}

export interface DimensionExpression {
  readonly length: number | string;
  readonly at: Position;
}

export type Statement =
  | { readonly kind: 'input'; readonly name: string; readonly type: TypeExpression; readonly at: Position }
  | { readonly kind: 'shared'; readonly name: string; readonly type: TypeExpression; readonly initial: Expression; readonly at: Position }
  | { readonly kind: 'stream'; readonly name: string; readonly seed: number; readonly at: Position }
  | { readonly kind: 'let'; readonly definition: Definition; readonly at: Position }
  | { readonly kind: 'fn'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: Expression; readonly at: Position }
  | { readonly kind: 'update'; readonly name: string; readonly value: Expression; readonly at: Position }
  /** Without a value it shows what another statement defines. */
  | { readonly kind: 'output'; readonly name: string; readonly value?: Expression; readonly at: Position };

/** A whole source. */
export interface Source {
  readonly statements: readonly Statement[];
}

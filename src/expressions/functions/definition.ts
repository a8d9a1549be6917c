import type { Call } from '../check/call.js';
import type { Value } from '../check/value.js';

export interface ParameterDefinition {
  readonly name: string;
  /** For the documentation: `float32`, `whole number`, `list`. */
  readonly type: string;
  /** What stands for it where it is left out, for the documentation. */
  readonly otherwise?: string;
}

/** A function of the language: what it takes, what it means, and what it becomes. */
export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly ParameterDefinition[];
  /** One line. */
  readonly doc: string;
  /** An expression, and its value as the documentation prints it. */
  readonly example: readonly [expression: string, value: string];
  /** Whether gradients flow through it. */
  readonly gradient: boolean;
  readonly apply: (call: Call) => Value;
}

/** `softmax(x, axis: -1)` */
export const signatureOf = (name: string, parameters: readonly Pick<ParameterDefinition, 'name' | 'otherwise'>[]): string =>
  `${name}(${parameters.map((each) => (each.otherwise === undefined ? each.name : `${each.name}: ${each.otherwise}`)).join(', ')})`;

export const required = (name: string, type: string): ParameterDefinition => ({ name, type });

export const optional = (name: string, type: string, otherwise: string): ParameterDefinition => ({ name, type, otherwise });

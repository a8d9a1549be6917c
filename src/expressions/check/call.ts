import type { DType } from '../../compiler/tensors.js';
import { siteOf, type Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { type Dimension } from '../types/dimension.js';
import { showType, type SymbolicShape, type TensorType } from '../types/tensor-type.js';
import { toTerm } from './conversion.js';
import type { Draw, Emit, Requirement, Term } from './term.js';
import type { TermFactory } from './term-factory.js';
import { describeValue, tensorValue, type Value } from './value.js';

/** What functions of the language may ask of the checker. */
export interface CheckContext {
  readonly factory: TermFactory;
  /** The type that the whole expression must have, known for initial values. */
  readonly expected: TensorType | undefined;
  /** The result of a function that is given as an argument. */
  apply(lambda: Extract<Value, { kind: 'lambda' }>, given: readonly Value[], at: Position): Value;
  /** Registers a draw of random numbers; `index` and the name of the input are added. */
  draw(distribution: Draw['distribution'], shape: SymbolicShape, source: { readonly seed: number } | { readonly stream: string }, at: Position): Term;
}

export interface GivenArgument {
  readonly value: Value;
  readonly at: Position;
}

/** One call of a function of the language: its arguments, as what the function needs them to be. */
export class Call {
  constructor(
    readonly name: string,
    readonly at: Position,
    private readonly given: ReadonlyMap<string, GivenArgument>,
    readonly context: CheckContext,
  ) {}

  get factory(): TermFactory {
    return this.context.factory;
  }

  has(parameter: string): boolean {
    return this.given.has(parameter);
  }

  value(parameter: string): Value {
    return this.argument(parameter).value;
  }

  /** Where the argument stands, for messages. */
  place(parameter: string): Position {
    return this.given.get(parameter)?.at ?? this.at;
  }

  /** A tensor of any dtype. */
  tensor(parameter: string): Term {
    return toTerm(this.factory, this.value(parameter), this.place(parameter));
  }

  /** float32; int32 is converted. */
  float(parameter: string): Term {
    const term = toTerm(this.factory, this.value(parameter), this.place(parameter), 'float32');
    return this.expectType(parameter, term, 'float32');
  }

  /** float32 or int32. */
  number(parameter: string): Term {
    return this.expectType(parameter, this.tensor(parameter), 'float32', 'int32');
  }

  int(parameter: string): Term {
    return this.expectType(parameter, this.tensor(parameter), 'int32');
  }

  truth(parameter: string): Term {
    return this.expectType(parameter, this.tensor(parameter), 'bool');
  }

  private expectType(parameter: string, term: Term, ...accepted: readonly DType[]): Term {
    if (accepted.includes(term.type.dtype)) return term;
    const hint = term.type.dtype === 'bool' ? `${accepted[0]}(x), which makes true 1 and false 0` : accepted.join(' or ');
    return fail('type', this.place(parameter), `${this.name} got ${showType(term.type)} for ${parameter}`, hint);
  }

  /** A whole number that is known before any call, or that the unknown dimensions give. */
  length(parameter: string): Dimension {
    return this.asLength(this.value(parameter), parameter);
  }

  private asLength(value: Value, parameter: string): Dimension {
    if (value.kind === 'whole') return value.number;
    return fail('argument', this.place(parameter), `${this.name} got ${describeValue(value)} for ${parameter}`, 'a whole number, from literals and the names of dimensions');
  }

  /** A whole number that is written in the source. */
  integer(parameter: string, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(parameter)) return otherwise;
    return this.asInteger(this.value(parameter), parameter);
  }

  private asInteger(value: Value, parameter: string): number {
    const number = value.kind === 'whole' ? value.number.value : undefined;
    return number ?? fail('argument', this.place(parameter), `${this.name} got ${describeValue(value)} for ${parameter}`, 'a whole number without unknown dimensions');
  }

  /** A number that is written in the source. */
  real(parameter: string, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(parameter)) return otherwise;
    const value = this.value(parameter);
    return value.kind === 'real' ? value.number : this.asInteger(value, parameter);
  }

  /** `true` or `false`, written in the source. */
  flag(parameter: string, otherwise = false): boolean {
    if (!this.has(parameter)) return otherwise;
    const value = this.value(parameter);
    const name = value.kind === 'tensor' && value.term.definition.kind === 'operation' ? value.term.definition.name : '';
    if (name === 'true' || name === 'false') return name === 'true';
    return fail('argument', this.place(parameter), `${this.name} got ${describeValue(value)} for ${parameter}`, 'true or false');
  }

  /** Items of a list, or the one value that stands for a list of one. */
  items(parameter: string): readonly Value[] {
    const value = this.value(parameter);
    return value.kind === 'list' ? value.items : [value];
  }

  integers(parameter: string): number[] {
    return this.items(parameter).map((item) => this.asInteger(item, parameter));
  }

  /** A shape: lengths of at least 1. */
  shape(parameter: string): Dimension[] {
    return this.items(parameter).map((item) => {
      const length = this.asLength(item, parameter);
      this.require({ length, message: `${this.name}: the length ${length.key} is less than 1`, at: this.place(parameter) });
      return length;
    });
  }

  /** An axis of `term`, counted from 0; negative ones count from the end. */
  axis(parameter: string, rank: number, otherwise?: number): number {
    return this.asAxis(this.integer(parameter, otherwise), rank, parameter);
  }

  /** One axis or several, sorted; all where none is given. */
  axes(parameter: string, rank: number): number[] {
    if (!this.has(parameter)) return Array.from({ length: rank }, (_, i) => i);
    const axes = this.integers(parameter).map((axis) => this.asAxis(axis, rank, parameter)).sort((a, b) => a - b);
    const twice = axes.find((axis, i) => axis === axes[i - 1]);
    if (twice !== undefined) fail('argument', this.place(parameter), `${this.name} got the axis ${twice} twice`);
    return axes;
  }

  private asAxis(axis: number, rank: number, parameter: string): number {
    const resolved = axis < 0 ? axis + rank : axis;
    if (rank > 0 && resolved >= 0 && resolved < rank) return resolved;
    return fail('argument', this.place(parameter), `${this.name}: there is no axis ${axis} in a tensor of ${rank} axes`, rank > 0 ? `${-rank} to ${rank - 1}` : 'a tensor with axes');
  }

  require(requirement: Requirement): void {
    this.factory.require(requirement);
  }

  /** The result of the call as a new term. */
  operation(operands: readonly Term[], type: TensorType, emit: Emit, differentiable: boolean): Value {
    return tensorValue(this.factory.make({ kind: 'operation', name: this.name, emit, differentiable }, operands, type, this.at));
  }

  fail(kind: 'argument' | 'shape' | 'type' | 'gradient' | 'limit', message: string, accepted?: string, at = this.at): never {
    return fail(kind, at, `${this.name}: ${message}`, accepted);
  }

  private argument(parameter: string): GivenArgument {
    const found = this.given.get(parameter);
    if (found === undefined) throw new Error(`internal: ${this.name} at ${siteOf(this.at)} reads the argument '${parameter}', which was not given`);
    return found;
  }
}

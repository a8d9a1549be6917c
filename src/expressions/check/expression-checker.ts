import * as tf from '@tensorflow/tfjs-core';
import { signatureOf } from '../functions/definition.js';
import { languageFunctions } from '../functions/index.js';
import { siteOf, type Position } from '../source/position.js';
import { fail, ProblemFound } from '../source/problem.js';
import type { Definition, Expression, IndexItem, Statement } from '../syntax/ast.js';
import { Dimension, DimensionOverflow } from '../types/dimension.js';
import { scalarType, type SymbolicShape, type TensorType } from '../types/tensor-type.js';
import { bindArguments } from './argument-binding.js';
import { Call, type CheckContext } from './call.js';
import { toTerm } from './conversion.js';
import { indexed, type IndexValue } from './indexing.js';
import { binary, unary } from './operators.js';
import { Scope } from './scope.js';
import { offer } from './similar-names.js';
import type { Draw, Term } from './term.js';
import type { TermFactory } from './term-factory.js';
import { describeValue, tensorValue, type Value } from './value.js';

export type FunctionStatement = Extract<Statement, { kind: 'fn' }>;

/** What surrounds an expression. */
export interface Surroundings {
  readonly factory: TermFactory;
  readonly functions: ReadonlyMap<string, FunctionStatement>;
  /** Names outside of all functions. */
  readonly names: Scope;
  readonly draws: DrawRegister;
  /** The type of a shared variable whose initial value is checked. */
  readonly expected?: TensorType;
}

/** Of a problem inside functions that call each other, as many calls are named. */
const MOST_CALLERS = 3;

/** Numbers the draws of random numbers. */
export class DrawRegister {
  private count = 0;
  private readonly inStream = new Map<string, number>();

  next(distribution: Draw['distribution'], shape: SymbolicShape, source: { readonly seed: number } | { readonly stream: string }): Draw {
    const input = `random ${this.count++}`;
    if ('seed' in source) return { input, distribution, shape, source: { kind: 'seed', seed: source.seed } };
    const index = this.inStream.get(source.stream) ?? 0;
    this.inStream.set(source.stream, index + 1);
    return { input, distribution, shape, source: { kind: 'stream', stream: source.stream, index } };
  }
}

/** Gives every expression a value: checks names, dtypes and shapes, and writes functions out at each call. */
export class ExpressionChecker implements CheckContext {
  private depth = 0;

  constructor(private readonly around: Surroundings) {}

  get factory(): TermFactory {
    return this.around.factory;
  }

  get expected(): TensorType | undefined {
    return this.around.expected;
  }

  draw(distribution: Draw['distribution'], shape: SymbolicShape, source: { readonly seed: number } | { readonly stream: string }, at: Position): Term {
    const draw = this.around.draws.next(distribution, shape, source);
    return this.factory.make({ kind: 'draw', draw }, [], { dtype: 'float32', shape }, at);
  }

  /** @throws ProblemFound */
  value(expression: Expression, scope: Scope): Value {
    const deepest = 4 * this.factory.limits.nesting;
    if (this.depth >= deepest) fail('limit', expression.at, `more than ${deepest} levels inside one another, functions written out`);
    this.depth += 1;
    try {
      return this.valueOf(expression, scope);
    } catch (error) {
      if (!(error instanceof DimensionOverflow)) throw error;
      return fail('limit', expression.at, 'the length of an axis overflows', `lengths up to ${Number.MAX_SAFE_INTEGER}`);
    } finally {
      this.depth -= 1;
    }
  }

  private valueOf(expression: Expression, scope: Scope): Value {
    const { at } = expression;
    switch (expression.kind) {
      case 'number': return expression.whole ? this.whole(expression.value, at) : { kind: 'real', number: expression.value, at };
      case 'boolean': return this.truth(expression.value, at);
      case 'name': return this.named(expression.name, scope, at);
      case 'list': return { kind: 'list', items: expression.items.map((item) => this.value(item, scope)), at };
      case 'call': return this.call(expression, scope);
      case 'index': return this.index(expression, scope);
      case 'unary': return unary(this.factory, expression.operator, this.value(expression.operand, scope), at);
      case 'chain': return expression.rest.reduce(
        (left, { operator, operand, at: place }) => binary(this.factory, operator, left, this.value(operand, scope), place), this.value(expression.first, scope));
      case 'lambda': return { kind: 'lambda', parameters: expression.parameters, body: expression.body, scope, at };
      case 'block': return this.block(expression, scope);
    }
  }

  private whole(value: number, at: Position): Value {
    if (Number.isSafeInteger(value)) return { kind: 'whole', number: Dimension.fixed(value), at };
    return { kind: 'real', number: value, at };
  }

  private truth(value: boolean, at: Position): Value {
    const emit = (): tf.Tensor => tf.scalar(value, 'bool');
    return tensorValue(this.factory.make({ kind: 'operation', name: String(value), emit, differentiable: false }, [], scalarType('bool'), at));
  }

  private named(name: string, scope: Scope, at: Position): Value {
    const found = scope.find(name);
    if (found !== undefined) return found;
    const builtIn = languageFunctions.get(name);
    if (builtIn?.parameters.every(({ otherwise }) => otherwise !== undefined)) return builtIn.apply(new Call(name, at, new Map(), this));
    if (/^(nan|inf|infinity)$/i.test(name)) fail('name', at, 'infinity and NaN are no literals', 'finite numbers');
    if (builtIn !== undefined || this.around.functions.has(name)) fail('name', at, `'${name}' is a function`, 'its name followed by ( )');
    return fail('name', at, `there is no value '${name}'`, offer(name, scope.names()));
  }

  private call(expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
    const { name, at } = expression;
    const local = scope.find(name);
    if (local?.kind === 'lambda') return this.apply(local, this.positional(expression, scope), at);
    const own = this.around.functions.get(name);
    if (own !== undefined) return this.callOwn(own, expression, scope);
    const builtIn = languageFunctions.get(name);
    if (builtIn === undefined) {
      if (local !== undefined) fail('type', at, `'${name}' is ${describeValue(local)} and no function`, "an operator, such as '*', between the two");
      return fail('name', at, `there is no function '${name}'`, offer(name, [...this.around.functions.keys(), ...languageFunctions.keys()]));
    }
    const parameters = builtIn.parameters.map((each) => ({ name: each.name, required: each.otherwise === undefined }));
    const bound = bindArguments(name, parameters, expression.arguments, at, signatureOf(name, builtIn.parameters));
    const given = new Map(Array.from(bound, ([parameter, argument]) => [parameter, { value: this.value(argument.value, scope), at: argument.value.at }]));
    return builtIn.apply(new Call(name, at, given, this));
  }

  private positional(expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value[] {
    const named = expression.arguments.find((argument) => argument.name !== undefined);
    if (named !== undefined) fail('argument', named.at, `'${expression.name}' takes arguments by position`, 'arguments without names');
    return expression.arguments.map(({ value }) => this.value(value, scope));
  }

  /** A function of the source: its body with the arguments for its parameters; outer names are those of the module. */
  private callOwn(own: FunctionStatement, { arguments: given, at }: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
    const parameters = own.parameters.map(({ name }) => ({ name, required: true }));
    const bound = bindArguments(own.name, parameters, given, at, signatureOf(own.name, parameters));
    const inner = new Scope(this.around.names);
    for (const [name, argument] of bound) inner.set(name, this.value(argument.value, scope));
    try {
      return this.value(own.body, inner);
    } catch (error) {
      if (!(error instanceof ProblemFound) || error.problem.message.split(', called at ').length > MOST_CALLERS) throw error;
      throw new ProblemFound({ ...error.problem, message: `${error.problem.message} (in ${own.name}, called at ${siteOf(at)})` });
    }
  }

  apply(lambda: Extract<Value, { kind: 'lambda' }>, given: readonly Value[], at: Position): Value {
    const { parameters } = lambda;
    if (given.length !== parameters.length) fail('argument', at, `the function of line ${lambda.at.line} gets ${given.length} arguments and has ${parameters.length} parameters`);
    const inner = new Scope(lambda.scope);
    for (const [i, { name, at: place }] of parameters.entries()) define(inner, name, given[i]!, place);
    return this.value(lambda.body, inner);
  }

  private index({ target, items, at }: Extract<Expression, { kind: 'index' }>, scope: Scope): Value {
    const value = this.value(target, scope);
    const checked = items.map((item) => this.indexItem(item, scope));
    const only = checked.length === 1 ? checked[0] : undefined;
    if (value.kind === 'list' && only?.kind === 'at' && only.value.kind === 'whole') return itemOf(value, only.value.number.value, at);
    return indexed(this.factory, toTerm(this.factory, value, target.at), checked, at);
  }

  private indexItem(item: IndexItem, scope: Scope): IndexValue {
    if (item.kind === 'rest') return item;
    if (item.kind === 'at') return { kind: 'at', value: this.value(item.value, scope), at: item.at };
    const bound = (name: 'start' | 'stop' | 'step'): Partial<Record<string, Value>> => (item[name] === undefined ? {} : { [name]: this.value(item[name], scope) });
    return { kind: 'range', at: item.at, ...bound('start'), ...bound('stop'), ...bound('step') };
  }

  private block({ definitions, result }: Extract<Expression, { kind: 'block' }>, scope: Scope): Value {
    const inner = new Scope(scope);
    for (const definition of definitions) for (const [name, value, at] of this.defined(definition, inner)) define(inner, name, value, at);
    return this.value(result, inner);
  }

  /** Names and values of one definition. */
  defined({ names, list, value: expression }: Definition, scope: Scope): (readonly [name: string, value: Value, at: Position])[] {
    const value = this.value(expression, scope);
    if (!list) return [[names[0]!.name, value, names[0]!.at]];
    const items = value.kind === 'list' ? value.items : undefined;
    if (items === undefined) fail('type', names[0]!.at, `the value is ${describeValue(value)} and no list`, 'a list, or a name without [ ]');
    if (items.length !== names.length) fail('type', names[0]!.at, `the list has ${items.length} items for ${names.length} names`, 'one name for each item');
    return names.map(({ name, at }, i) => [name, items[i]!, at]);
  }
}

/** Adds a name to a scope that does not have it. */
export function define(scope: Scope, name: string, value: Value, at: Position): void {
  if (scope.has(name)) fail('name', at, `'${name}' is defined twice`, 'another name');
  scope.set(name, value);
}

function itemOf({ items }: Extract<Value, { kind: 'list' }>, given: number | undefined, at: Position): Value {
  const place = given !== undefined && given < 0 ? given + items.length : given;
  const item = place === undefined ? undefined : items[place];
  return item ?? fail('shape', at, `position ${given ?? 'unknown'} is outside a list of ${items.length}`, `${-items.length} to ${items.length - 1}`);
}

import type { ExpressionLimits } from '../limits.js';
import type { ExpressionModule, SharedVariable } from '../module.js';
import type { Position } from '../source/position.js';
import { fail, problemAt, type Problems } from '../source/problem.js';
import type { Definition, Source, TypeExpression } from '../syntax/ast.js';
import { Dimension } from '../types/dimension.js';
import { broadcastsTo, sameShape, showType, type TensorType } from '../types/tensor-type.js';
import { toTerm } from './conversion.js';
import { collectDeclarations, valueNames, type Declarations } from './declarations.js';
import { definitionOrder, type Definable } from './definition-order.js';
import { DrawRegister, ExpressionChecker } from './expression-checker.js';
import { referencesOf } from './references.js';
import { Scope } from './scope.js';
import { offer } from './similar-names.js';
import type { Term } from './term.js';
import { TermFactory } from './term-factory.js';
import { broadcastTerm } from './initial-value.js';
import { tensorValue, type Value } from './value.js';

interface Node extends Definable<Node> {
  readonly needs: Node[];
  readonly statement?: Declarations['definitions'][number];
}

/** What a definition takes from others, as a graph. */
function definables({ definitions, functions }: Declarations): Node[] {
  const named = new Map<string, Node>();
  const called = new Map<string, Node>();
  const nodes = definitions.map((statement): Node => {
    const node = { name: valueNames(statement)[0]!.name, at: statement.at, needs: [], callable: false, statement };
    for (const { name } of valueNames(statement)) named.set(name, node);
    return node;
  });
  for (const { name, at } of functions.values()) called.set(name, { name, at, needs: [], callable: true });
  const connect = (node: Node, { values, functions: calls }: ReturnType<typeof referencesOf>): void => {
    for (const [name] of values) if (named.has(name)) node.needs.push(named.get(name)!);
    for (const [name] of calls) if (called.has(name)) node.needs.push(called.get(name)!);
  };
  for (const node of nodes) connect(node, referencesOf(definitionOf(node.statement!).value));
  for (const each of functions.values()) connect(called.get(each.name)!, referencesOf(each.body, each.parameters));
  return [...nodes, ...called.values()];
}

/** `output a = ...` defines `a` as `let a = ...` does. */
const definitionOf = (statement: Declarations['definitions'][number]): Definition =>
  statement.kind === 'let' ? statement.definition : { names: [statement], list: false, value: statement.value!, at: statement.at };

/** Checks one source statement by statement. */
class ModuleChecker {
  private readonly factory: TermFactory;
  private readonly names = new Scope();
  private readonly checker: ExpressionChecker;
  private readonly draws = new DrawRegister();
  private readonly values = new Map<string, Term>();
  /** Names whose definition has a problem: what needs them is not checked, so that one mistake is one problem. */
  private readonly failed = new Set<string>();

  constructor(private readonly declared: Declarations, limits: ExpressionLimits, private readonly problems: Problems) {
    this.factory = new TermFactory(limits);
    this.checker = new ExpressionChecker({ factory: this.factory, functions: declared.functions, names: this.names, draws: this.draws });
  }

  run(source: string): ExpressionModule {
    const { declared, factory } = this;
    for (const name of declared.dimensions.keys()) this.names.set(name, { kind: 'whole', number: Dimension.unknown(name), at: declared.dimensions.get(name)!.at });
    for (const { name, at } of declared.streams) this.names.set(name, { kind: 'stream', name, at });
    const inputs = new Map(declared.inputs.flatMap(({ name, type, at }) => this.leaf('input', name, type, at)));
    const shared = new Map(declared.shared.flatMap((statement) => this.sharedVariable(statement)));
    this.define();
    const updates = new Map(declared.updates.flatMap((statement) => this.update(statement)));
    const outputs = new Map(declared.outputs.flatMap(({ name, at }) => this.output(name, at)));
    const dimensions = new Map(Array.from(declared.dimensions, ([name, { input, axis }]) => [name, { input, axis }]));
    const streams = new Map(declared.streams.map(({ name, seed }) => [name, seed]));
    return { source, limits: factory.limits, inputs, shared, streams, outputs, updates, values: this.values, dimensions, requirements: factory.requirements, factory };
  }

  private type({ dtype, shape }: TypeExpression): TensorType {
    return { dtype, shape: shape.map(({ length, at }) => {
      if (typeof length === 'number') return Dimension.fixed(length);
      const known = this.declared.dimensions.has(length);
      return known ? Dimension.unknown(length) : fail('name', at, `no input has a dimension '${length}'`, offer(length, this.declared.dimensions.keys()));
    }) };
  }

  private leaf(kind: 'input' | 'shared', name: string, expression: TypeExpression, at: Position): [string, TensorType][] {
    return this.noted([name], () => {
      const type = this.type(expression);
      this.bind(name, tensorValue(this.factory.make({ kind, name }, [], type, at)));
      return [[name, type]];
    });
  }

  private bind(name: string, value: Value): void {
    this.names.set(name, value);
    if (value.kind === 'tensor') this.values.set(name, value.term);
  }

  /** Runs a part that gives `names` their values; a problem in it is noted, and the names count as failed. */
  private noted<T>(names: readonly string[], part: () => T[]): T[] {
    const result = this.problems.collect(part);
    if (result === undefined) for (const name of names) this.failed.add(name);
    return result ?? [];
  }

  private sharedVariable({ name, type: expression, initial, at }: Declarations['shared'][number]): [string, SharedVariable][] {
    const unknown = expression.shape.find(({ length }) => typeof length === 'string');
    if (unknown !== undefined) {
      this.problems.add(problemAt('shape', unknown.at, `the shared variable '${name}' has an unknown dimension`, 'whole numbers: a shared variable keeps its shape'));
      this.failed.add(name);
      return [];
    }
    return this.leaf('shared', name, expression, at).flatMap(([, type]) => this.noted([name], (): [string, SharedVariable][] => {
      const draws = { factory: this.factory, functions: this.declared.functions, names: new Scope(), draws: this.draws, expected: type };
      const value = new ExpressionChecker(draws).value(initial, new Scope());
      const term = toTerm(this.factory, value, initial.at, type.dtype === 'bool' ? undefined : type.dtype);
      if (term.type.dtype !== type.dtype || !broadcastsTo(term.type.shape, type.shape)) {
        fail('type', initial.at, `the initial value of '${name}' is ${showType(term.type)}`, showType(type));
      }
      return [[name, { type, initial: broadcastTerm(this.factory, term, type, initial.at) }]];
    }));
  }

  private define(): void {
    const { sorted, problems } = definitionOrder(definables(this.declared));
    for (const problem of problems) this.problems.add(problem);
    if (problems.length > 0) return;
    for (const { statement } of sorted) if (statement !== undefined) this.definition(definitionOf(statement));
  }

  private definition(definition: Definition): void {
    const names = definition.names.map(({ name }) => name);
    if (this.dependsOnFailed(definition.value)) return names.forEach((name) => this.failed.add(name));
    this.noted(names, () => {
      for (const [name, value] of this.checker.defined(definition, this.names)) this.bind(name, this.annotated(value, definition));
      return [];
    });
  }

  /** The value, as a tensor of the annotated type if there is one. */
  private annotated(value: Value, { type: expression, at }: Definition): Value {
    if (expression === undefined) return value;
    const type = this.type(expression);
    const term = toTerm(this.factory, value, at, type.dtype === 'bool' ? undefined : type.dtype);
    if (term.type.dtype !== type.dtype || !sameShape(term.type.shape, type.shape)) fail('type', at, `the value is ${showType(term.type)} and declared as ${showType(type)}`, showType(term.type));
    return tensorValue(term);
  }

  /** Whether an expression needs a name that failed, directly or through a function. */
  private dependsOnFailed(expression: Definition['value']): boolean {
    if (this.failed.size === 0) return false;
    const seen = new Set<string>();
    const open = [referencesOf(expression)];
    for (const { values, functions } of open) {
      if (Array.from(values.keys()).some((name) => this.failed.has(name))) return true;
      for (const name of functions.keys()) {
        const own = seen.has(name) ? undefined : this.declared.functions.get(name);
        seen.add(name);
        if (own !== undefined) open.push(referencesOf(own.body, own.parameters));
      }
    }
    return false;
  }

  private update({ name, value: expression, at }: Declarations['updates'][number]): [string, Term][] {
    if (this.failed.has(name) || this.dependsOnFailed(expression)) return [];
    return this.noted([], (): [string, Term][] => {
      const target = this.values.get(name);
      if (target?.definition.kind !== 'shared') return fail('name', at, `'${name}' is no shared variable`, offer(name, this.declared.shared.map((each) => each.name)));
      const { type } = target;
      const term = toTerm(this.factory, this.checker.value(expression, this.names), at, type.dtype === 'bool' ? undefined : type.dtype);
      if (term.type.dtype !== type.dtype || !sameShape(term.type.shape, type.shape)) fail('type', at, `the new value of '${name}' is ${showType(term.type)}`, showType(type));
      return [[name, term]];
    });
  }

  private output(name: string, at: Position): [string, Term][] {
    if (this.failed.has(name)) return [];
    return this.noted([], (): [string, Term][] => {
      const value = this.names.find(name) ?? fail('name', at, `there is no value '${name}'`, offer(name, this.names.names()));
      return [[name, toTerm(this.factory, value, at)]];
    });
  }
}

/**
 * Types every statement of a source. Definitions may stand in any order; each problem is noted and what depends on it is
 * left out, so that the module is whole only where there is no problem.
 */
export function checkModule(source: string, statements: Source, limits: ExpressionLimits, problems: Problems): ExpressionModule {
  const declared = collectDeclarations(statements, problems);
  const module = new ModuleChecker(declared, limits, problems).run(source);
  if (declared.outputs.length + declared.updates.length === 0 && problems.list.length === 0) {
    problems.add(problemAt('syntax', { line: 1, column: 1, text: '' }, 'there is nothing to compute', 'a statement output or update'));
  }
  return module;
}

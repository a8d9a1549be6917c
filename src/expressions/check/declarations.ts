import { languageFunctions } from '../functions/index.js';
import { siteOf, type Position } from '../source/position.js';
import { fail, type Problems } from '../source/problem.js';
import type { Parameter, Source, Statement } from '../syntax/ast.js';
import type { FunctionStatement } from './expression-checker.js';

type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** Statements by kind, names checked: each is declared once and clashes with nothing. */
export interface Declarations {
  readonly inputs: StatementOf<'input'>[];
  readonly shared: StatementOf<'shared'>[];
  readonly streams: StatementOf<'stream'>[];
  readonly functions: Map<string, FunctionStatement>;
  /** Definitions of values, outputs with a value among them. */
  readonly definitions: (StatementOf<'let'> | StatementOf<'output'>)[];
  readonly outputs: StatementOf<'output'>[];
  readonly updates: StatementOf<'update'>[];
  /** Unknown dimensions, and where each is first mentioned. */
  readonly dimensions: Map<string, { readonly input: string; readonly axis: number; readonly at: Position }>;
}

/** Names that a statement gives to values. */
export const valueNames = (statement: Statement): readonly Parameter[] => {
  switch (statement.kind) {
    case 'let': return statement.definition.names;
    case 'input': case 'shared': case 'stream': return [statement];
    case 'output': return statement.value === undefined ? [] : [statement];
    case 'fn': case 'update': return [];
  }
};

class Collector {
  readonly declared: Declarations = {
    inputs: [], shared: [], streams: [], functions: new Map(), definitions: [], outputs: [], updates: [], dimensions: new Map(),
  };
  private readonly values = new Map<string, Position>();

  add(statement: Statement): void {
    for (const { name, at } of valueNames(statement)) this.claim(name, at);
    const { declared } = this;
    switch (statement.kind) {
      case 'input': return this.input(statement);
      case 'shared': return void declared.shared.push(statement);
      case 'stream': return void declared.streams.push(statement);
      case 'let': return void declared.definitions.push(statement);
      case 'fn': return this.function(statement);
      case 'update': return this.update(statement);
      case 'output':
        if (declared.outputs.some(({ name }) => name === statement.name)) fail('name', statement.at, `the output '${statement.name}' is declared twice`, 'another name');
        if (statement.value !== undefined) declared.definitions.push(statement);
        return void declared.outputs.push(statement);
    }
  }

  private claim(name: string, at: Position): void {
    if (name in Object.prototype) fail('name', at, `the name '${name}' is reserved`, 'another name');
    const before = this.values.get(name) ?? this.declared.dimensions.get(name)?.at;
    if (before !== undefined) fail('name', at, `'${name}' is declared twice, first at ${siteOf(before)}`, 'another name');
    this.values.set(name, at);
  }

  private input(statement: StatementOf<'input'>): void {
    this.declared.inputs.push(statement);
    for (const [axis, { length, at }] of statement.type.shape.entries()) {
      if (typeof length !== 'string' || this.declared.dimensions.has(length)) continue;
      if (length in Object.prototype) fail('name', at, `the name '${length}' is reserved`, 'another name');
      const before = this.values.get(length);
      if (before !== undefined) fail('name', at, `'${length}' is the name of a value, declared at ${siteOf(before)}, and of a dimension`, 'another name');
      this.declared.dimensions.set(length, { input: statement.name, axis, at });
    }
  }

  private function(statement: FunctionStatement): void {
    const { name, parameters, at } = statement;
    if (languageFunctions.has(name)) fail('name', at, `'${name}' is a function of the language`, 'another name');
    if (this.declared.functions.has(name)) fail('name', at, `the function '${name}' is declared twice`, 'another name');
    const twice = parameters.find((each, i) => parameters.findIndex((other) => other.name === each.name) < i);
    if (twice !== undefined) fail('name', twice.at, `the parameter '${twice.name}' stands twice`, 'another name');
    this.declared.functions.set(name, statement);
  }

  private update(statement: StatementOf<'update'>): void {
    if (this.declared.updates.some(({ name }) => name === statement.name)) fail('name', statement.at, `'${statement.name}' is updated twice`, 'one update for each shared variable');
    this.declared.updates.push(statement);
  }
}

/** Sorts statements by kind; clashes of names are noted and the later statement is left out. */
export function collectDeclarations(source: Source, problems: Problems): Declarations {
  const collector = new Collector();
  for (const statement of source.statements) problems.collect(() => collector.add(statement));
  return collector.declared;
}
